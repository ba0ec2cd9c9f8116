"""Addresses that get no email: why, on what evidence, since when, and how to lift that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import names_of
from contacts.consent import operations
from contacts.consent.filters import SuppressionFilter
from contacts.consent.models import Suppression
from contacts.consent.rules import CATEGORIES
from contacts.consent.selectors import accounts_behind, contacts_behind, lifted_from
from cs_platform.common import clock
from cs_platform.common.by_hand import by_hand
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import keyset_page

APPLIES_TO = {"": "All email", **dict(CATEGORIES)}


@require_GET
@needs(Permission.VIEW)
def suppression_list(request: SignedInRequest) -> HttpResponse:
    now = clock.now()
    wanted = SuppressionFilter(request.GET, viewer=request.user, today=clock.today(), now=now)
    page = keyset_page(request, wanted.rows, order=wanted.order)
    contacts = contacts_behind([row.address_hash for row in page], viewer=request.user)
    context = {
        "page": page,
        "rows": [_row(row, contacts[row.address_hash], now) for row in page],
        "reasons": Suppression.Reason.choices,
        "scopes": wanted.filters["scope"].extra["choices"],
        "states": wanted.filters["state"].extra["choices"],
        "is_narrowed": wanted.is_narrowed,
    }
    return render_page(request, "contacts/suppression_list.html", context, partial="rows")


class LiftForm(forms.Form):
    why = forms.CharField(
        label="Reason for lifting",
        max_length=300,
        help_text="Kept with your name. For example: the mailbox works again, confirmed by phone.",
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def suppression(request: SignedInRequest, suppression_id: int) -> HttpResponseBase:
    found = get_object_or_404(Suppression, pk=suppression_id)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _lift(request, found, form.cleaned_data["why"])
    contacts = contacts_behind([found.address_hash], viewer=request.user)[found.address_hash]
    lifted = list(lifted_from(found.address_hash))
    names = names_of({one.lifted_by for one in lifted})
    context = {
        **_row(found, contacts, clock.now()),
        "form": form,
        "can_lift": found.reason != Suppression.Reason.ERASED,
        "lifted": [(one, APPLIES_TO.get(one.scope, one.scope), names[one.lifted_by]) for one in lifted],
    }
    return render(request, "contacts/suppression.html", context, status=422 if form.errors else 200)


@needs(Permission.EDIT_CONTACTS)
def _lift(request: SignedInRequest, found: Suppression, why: str) -> HttpResponse:
    now, accounts = clock.now(), accounts_behind(found.address_hash)
    label = f"Suppression lifted: {found.get_reason_display()}"
    try:
        with by_hand(account_ids=accounts, actor=request.user.email, label=label, now=now) as change:
            lifted = operations.lift_suppression(suppression_id=found.pk, by=request.user.email, why=why, now=now)
            change.undo = {"kind": "suppression", "lifted": lifted.pk}
    except operations.CannotLift:
        messages.error(request, "This suppression can't be lifted: the person was erased at their request.")
        return redirect("contacts:suppression", found.pk)
    except Suppression.DoesNotExist:
        messages.error(request, "Someone else already lifted this suppression.")
    else:
        messages.success(request, f"Suppression lifted. {change.words}".strip())
    return redirect("contacts:suppression-list")


def _row(found: Suppression, contacts: list[Any], now: Any) -> dict[str, Any]:
    return {
        "suppression": found,
        "contacts": contacts,
        "applies_to": APPLIES_TO.get(found.scope, found.scope),
        "is_expired": found.expires_at is not None and found.expires_at <= now,
    }
