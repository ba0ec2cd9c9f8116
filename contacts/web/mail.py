"""Mail settings: safe mode and what it holds, the allowed addresses, and senders."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.team import operations as team
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import organisation
from contacts.delivery import operations, selectors
from contacts.delivery.models import Sender
from contacts.web.forms.senders import AllowListForm, HeldMailForm, SenderForm, SwitchOffForm
from cs_platform.common import clock
from cs_platform.common.ui.moments import day_text


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
    messages.success(request, "Allowed addresses saved.")
    return redirect("contacts:mail-settings")


@require_POST
@needs(Permission.ADMINISTER)
def safe_mode(request: SignedInRequest) -> HttpResponse:
    """Switch it on at once; off only for who confirms it and says what becomes of each program's held messages."""
    if request.POST.get("is_on") == "1":
        operations.switch_safe_mode(is_on=True, decisions={})
        messages.success(request, "Safe mode is on. Messages are held unless their address is allowed.")
        return redirect("contacts:mail-settings")
    form = SwitchOffForm(request.POST, held=_held())
    if not form.is_valid():
        return _page(request, switch=form)
    try:
        released = operations.switch_safe_mode(is_on=False, decisions=form.decisions)
    except operations.UndecidedMail as error:
        # More was held while the page was open; it now asks about that, too.
        form = SwitchOffForm(request.POST, held=_held())
        form.add_error(None, str(error))
        return _page(request, switch=form)
    sent = f" {_messages(released)} will be sent now." if released else ""
    messages.success(request, f"Safe mode is off. Messages are sent when they are due.{sent}")
    return redirect("contacts:mail-settings")


@require_POST
@needs(Permission.ADMINISTER)
def held(request: SignedInRequest) -> HttpResponse:
    """Release or discard what safe mode still holds."""
    form = HeldMailForm(request.POST, held=_held())
    if not form.is_valid():
        return _page(request, held=form)
    released = operations.decide_held_mail(decisions=form.decisions)
    messages.success(
        request, f"{_messages(released)} will be sent now." if released else "The messages were discarded."
    )
    return redirect("contacts:mail-settings")


@require_POST
@needs(Permission.ADMINISTER)
def retry(request: SignedInRequest, breaker_id: int) -> HttpResponse:
    """Try one held message at once, for who has fixed what the mail server complained about."""
    operations.retry_now(breaker_id=breaker_id, now=clock.now())
    messages.success(request, "Trying one message now. The rest follow if the server accepts it.")
    return redirect("contacts:mail-settings")


def _messages(number: int) -> str:
    return f"{number:,} held message{'' if number == 1 else 's'}"


# Return for each program with messages that safe mode holds: its number, its name, how many, and since when.
def _held() -> list[tuple[int, str, int, str]]:
    found = selectors.held_by_safe_mode()
    names = selectors.origins_of(number for number, _, _ in found)
    return [
        (
            number,
            names[number].name if number in names else "No program",
            messages,
            day_text(timezone.localtime(oldest)),
        )
        for number, messages, oldest in found
    ]


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
            messages.success(request, f"Sender {sender.name} saved.")
            return redirect("contacts:mail-settings")
    context = {"form": form, "title": said["name"]}
    return render(request, "settings/sender.html", context, status=422 if form.errors else 200)


def _page(
    request: SignedInRequest,
    *,
    allowed: AllowListForm | None = None,
    switch: SwitchOffForm | None = None,
    held: HeldMailForm | None = None,
) -> HttpResponse:
    ours = organisation()
    listed = "\n".join(ours.allowed_addresses) if ours else ""
    waiting = _held()
    shown: list[forms.Form] = [form for form in (allowed, switch, held) if form]
    context = {
        "ours": ours,
        "allowed": allowed or AllowListForm(initial={"addresses": listed}),
        "switch": switch or SwitchOffForm(held=waiting),
        "held": held or (HeldMailForm(held=waiting) if waiting else None),
        "senders": selectors.senders(),
        "breakers": selectors.open_breakers(),
    }
    return render(request, "settings/mail.html", context, status=422 if shown else 200)
