"""What an account reached on its way to value, as its CSM records it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.book.models import Account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx, render_page
from metrics.value import operations
from metrics.value.models import Kind, Milestone
from metrics.value.selectors import standing_milestones


class MilestoneForm(forms.Form):
    kind = forms.ChoiceField(choices=Kind.choices, label="Milestone")
    on = forms.DateField(label="Reached on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def account_milestones(request: SignedInRequest, account_id: int) -> HttpResponseBase:
    account = get_object_or_404(Account.objects.for_viewer(request.user), pk=account_id)
    if request.method == "POST":
        return record(request, account)
    return _panel(request, account, MilestoneForm(initial={"on": clock.today()}))


@needs(Permission.EDIT_ACCOUNTS)
def record(request: SignedInRequest, account: Account) -> HttpResponse:
    form = MilestoneForm(request.POST)
    if not form.is_valid():
        return _panel(request, account, form)
    said: dict[str, Any] = {"kind": Kind(form.cleaned_data["kind"]), "on": form.cleaned_data["on"]}
    try:
        operations.record_milestone(
            account=account, by=request.user.email, today=clock.today(), now=clock.now(), **said
        )
    except operations.NotReached as problem:
        form.add_error("on", str(problem))
        return _panel(request, account, form)
    return _done(request, account, f"Milestone added: {said['kind'].label.lower()}.")


@require_POST
@needs(Permission.EDIT_ACCOUNTS)
def milestone_withdraw(request: SignedInRequest, account_id: int, milestone_id: int) -> HttpResponse:
    account = get_object_or_404(Account.objects.for_viewer(request.user), pk=account_id)
    milestone = get_object_or_404(Milestone, pk=milestone_id, account=account)
    try:
        operations.withdraw_milestone(milestone=milestone, by=request.user.email, now=clock.now())
    except operations.AlreadyWithdrawn:
        return _done(request, account, "Already undone.")
    return _done(request, account, f"Milestone removed: {milestone.get_kind_display().lower()}.")


def _done(request: SignedInRequest, account: Account, said: str) -> HttpResponse:
    if is_htmx(request):
        return _panel(request, account, MilestoneForm(initial={"on": clock.today()}))
    messages.success(request, said)
    return redirect("accounts:account", account.pk)


def _panel(request: SignedInRequest, account: Account, form: MilestoneForm) -> HttpResponse:
    standing = standing_milestones(account.pk)
    missing = [choice for choice in Kind.choices if choice[0] not in {each.kind for each in standing}]
    if not form.is_bound:
        kinds = form.fields["kind"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = missing
    context = {"account": account, "form": form, "standing": standing, "has_missing": bool(missing)}
    status = 422 if form.errors else 200
    return render_page(request, "metrics/account_milestones.html", context, partial="panel", status=status)
