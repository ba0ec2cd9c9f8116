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
from contacts.web.people import places_of
from contacts.web.seen import membership_seen
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx


@require_POST
@needs(Permission.EDIT_CONTACTS)
def contact_preferences(request: SignedInRequest, membership_id: int) -> HttpResponse:
    membership = membership_seen(request, membership_id)
    wanted = [key for key, _ in CATEGORIES if key in request.POST.getlist("wanted")]
    operations.set_preferences(
        membership=membership, wanted=wanted, source=f"set by {request.user.email}"[:40], now=clock.now()
    )
    if not is_htmx(request):
        messages.success(request, "What this contact gets is saved.")
        return redirect("contacts:person", membership.person_id)
    answer = render(request, "contacts/_place.html", {"place": places_of([membership])[0], "is_saved": True})
    answer["HX-Trigger"] = "roles:changed"
    return answer
