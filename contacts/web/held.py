"""Changes by hand that make mail leave: what would leave is said, waits for the grace time, and can be undone."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.book.models import Account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.people.models import Membership
from contacts.people.operations import RoleEdit
from contacts.recipients.models import HeldChange
from contacts.recipients.operations.hand_changes import NotHeld, undo_change
from contacts.recipients.selectors import held_changes
from cs_platform.common import clock
from cs_platform.common.by_hand import HandChange, by_hand
from cs_platform.common.htmx import is_htmx


def changing(
    request: SignedInRequest, membership: Membership, what: str, *, now: dt.datetime
) -> AbstractContextManager[HandChange]:
    """Wrap a page's write on a contact: what it makes leave is held (common.by_hand)."""
    label = f"{membership.person.display_name}: {what}"
    return by_hand(account_ids=[membership.account_id], actor=request.user.email, label=label, now=now)


def undo_of(edit: RoleEdit) -> dict[str, Any]:
    """Return how an edit of roles is taken back; what others changed meanwhile stays."""
    number = edit.membership.pk
    return {"kind": "contact", "membership": number, "added": list(edit.added), "removed": list(edit.removed)}


def held_at(account_id: int, *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the changes whose mail is held at an account as a page shows them, the next to go first."""
    return [
        {
            "change": change,
            "emails": [
                {**one, "due_at": max(dt.datetime.fromisoformat(one["due_at"]), change.held_until)}
                for one in change.upcoming
            ],
        }
        for change in held_changes(account_id, now=now)
    ]


@require_POST
@needs(Permission.VIEW)
def held_change_undo(request: SignedInRequest, change_id: int) -> HttpResponse:
    change = get_object_or_404(HeldChange, pk=change_id)
    seen = Account.objects.for_viewer(request.user).filter(pk__in=change.account_ids)
    account = get_object_or_404(seen.order_by("pk")[:1])
    needed = Permission.EDIT_ACCOUNTS if change.undo.get("kind") == "account" else Permission.EDIT_CONTACTS
    if not request.user.may(needed):
        return HttpResponse("You don't have access to undo this change.", status=403)
    try:
        undo_change(change_id=change.pk, actor=request.user.email, now=clock.now())
    except NotHeld:
        messages.error(request, "This change can't be undone anymore: its grace period is over.")
    else:
        messages.success(request, "Change undone. Its emails won't be sent.")
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back) if is_ours else redirect("accounts:account", account.pk)
