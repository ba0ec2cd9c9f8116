"""What mail a contact wants about an account, set by a colleague on their behalf."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.consent import operations
from contacts.consent.rules import CATEGORIES
from contacts.web.held import changing
from contacts.web.people import mail_of, places_of
from contacts.web.seen import membership_seen
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx


@require_POST
@needs(Permission.EDIT_CONTACTS)
def contact_preferences(request: SignedInRequest, membership_id: int) -> HttpResponse:
    membership = membership_seen(request, membership_id)
    wanted = [key for key, _ in CATEGORIES if key in request.POST.getlist("wanted")]
    now, before = clock.now(), [key for key, _, is_wanted in mail_of(membership.opted_out) if is_wanted]
    with changing(request, membership, "email preferences", now=now) as change:
        source = f"set by {request.user.email}"[:40]
        operations.set_preferences(membership=membership, wanted=wanted, source=source, now=now)
        change.undo = {"kind": "preferences", "membership": membership.pk, "wanted": before}
    if not is_htmx(request):
        messages.success(request, f"Email preferences saved. {change.words}".strip())
        return redirect("contacts:person", membership.person_id)
    answer = render(request, "contacts/_place.html", {"place": places_of([membership])[0], "is_saved": True})
    answer["HX-Trigger"] = "roles:changed"
    return answer
