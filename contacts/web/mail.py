"""Whether mail leaves the house, where to, and in whose name."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.team import operations as team
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import organisation
from contacts.delivery import operations, selectors
from contacts.delivery.models import Sender
from contacts.web.forms.senders import AllowListForm, SenderForm, SwitchOffForm


@require_GET
@needs(Permission.ADMINISTER)
def mail(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@require_POST
@needs(Permission.ADMINISTER)
def allowed(request: SignedInRequest) -> HttpResponse:
    form = AllowListForm(request.POST)
    if not form.is_valid():
        return _page(request, allowed=form)
    team.allow_addresses(addresses=form.cleaned_data["addresses"])
    messages.success(request, "The allowed addresses are saved.")
    return redirect("contacts:mail-settings")


@require_POST
@needs(Permission.ADMINISTER)
def safe_mode(request: SignedInRequest) -> HttpResponse:
    """Switch it on at once; off only for somebody who says that they know what that means."""
    is_on = request.POST.get("is_on") == "1"
    form = SwitchOffForm(request.POST)
    if not is_on and not form.is_valid():
        return _page(request, switch=form)
    team.switch_safe_mode(is_on=is_on)
    messages.success(request, "Safe mode is on." if is_on else "Safe mode is off. Mail leaves from now on.")
    return redirect("contacts:mail-settings")


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def sender_edit(request: SignedInRequest, sender_id: int | None = None) -> HttpResponse:
    sender = get_object_or_404(Sender, pk=sender_id) if sender_id else Sender()
    said = {field: getattr(sender, field) for field in ("name", "address", "reply_to", "is_default")}
    form = SenderForm(request.POST) if request.method == "POST" else SenderForm(initial=said)
    if form.is_valid():
        try:
            operations.save_sender(sender=sender, **form.cleaned_data)
        except operations.SenderTaken as error:
            form.add_error("address", str(error))
        else:
            messages.success(request, f"The sender {sender.name} is saved.")
            return redirect("contacts:mail-settings")
    context = {"form": form, "title": said["name"]}
    return render(request, "settings/sender.html", context, status=422 if form.errors else 200)


def _page(
    request: SignedInRequest, *, allowed: AllowListForm | None = None, switch: SwitchOffForm | None = None
) -> HttpResponse:
    ours = organisation()
    listed = "\n".join(ours.allowed_addresses) if ours else ""
    shown: list[forms.Form] = [form for form in (allowed, switch) if form]
    context = {
        "ours": ours,
        "allowed": allowed or AllowListForm(initial={"addresses": listed}),
        "switch": switch or SwitchOffForm(),
        "senders": selectors.senders(),
    }
    return render(request, "settings/mail.html", context, status=422 if shown else 200)
