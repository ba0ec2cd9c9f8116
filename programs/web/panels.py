"""What programs say on the pages of an account, a contact and a message."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.book.models import Account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.delivery.models import Delivery
from contacts.people.models import Membership, Person
from cs_platform.common.htmx import is_htmx, render_page
from cs_platform.common.paging import paged
from programs.design.models import Program
from programs.participants.models import Participant
from programs.participants.rules import SKIPPING, reason_in_words
from programs.participants.selectors import INSIDE, decisions_on, participations_at

SHOWN_AT_FIRST = 5
MOST_DECISIONS = 200


@require_GET
@needs(Permission.VIEW)
def account_programs(request: SignedInRequest, account_id: int) -> HttpResponse:
    """The programs an account's contacts are or were in, and those it did not enter, with why."""
    accounts = Account.objects.for_viewer(request.user).select_related("csm", "top", "parent")
    account = get_object_or_404(accounts, pk=account_id)
    found = participations_at(account.pk, viewer=request.user)
    page = paged(request, found, size=SHOWN_AT_FIRST) if is_htmx(request) else paged(request, found)
    context = {
        "account": account,
        "page": page,
        "rows": [(row, reason_in_words(row.reason)) for row in page],
        "inside": found.filter(state__in=INSIDE).count(),
    }
    return render_page(request, "programs/account_programs.html", context, partial="panel")


@require_GET
@needs(Permission.VIEW)
def person_decisions(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Why somebody got what they got, and did not get what they did not."""
    memberships = list(Membership.objects.for_viewer(request.user).filter(person=person_id).select_related("account"))
    person = get_object_or_404(Person, pk=person_id)
    limit = SHOWN_AT_FIRST + 1 if is_htmx(request) else MOST_DECISIONS
    decisions = decisions_on(memberships, limit=limit)
    names = Program.objects.for_viewer(request.user).in_bulk({decision.program_id for decision in decisions})
    accounts = {membership.account_id: membership.account for membership in memberships}
    shown = decisions[:SHOWN_AT_FIRST] if is_htmx(request) else decisions
    context = {
        "person": person,
        "rows": [(d, names.get(d.program_id), accounts[d.account_id], reason_in_words(d.code)) for d in shown],
        "has_more": len(decisions) > len(shown),
        "several_accounts": len(accounts) > 1,
        "skipping": SKIPPING,
    }
    return render_page(request, "programs/person_decisions.html", context, partial="panel")


@require_GET
@needs(Permission.VIEW)
def message_why(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.for_viewer(request.user).select_related("person"), pk=delivery_id)
    found = Participant.objects.for_viewer(request.user).select_related("program", "version")
    participant = found.filter(pk=delivery.participant_ref or 0).first()
    context = {
        "delivery": delivery,
        "participant": participant,
        "reason": reason_in_words(participant.reason) if participant else "",
    }
    return render_page(request, "programs/message_why.html", context, partial="panel")
