"""What surveys say of an account: its latest score, and its people's answers."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.book.models import Account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common.htmx import is_htmx, render_page
from surveys.responses import selectors
from surveys.responses.rules import NpsGroup, nps_group

SHOWN_AT_FIRST = 3
GROUPS = {
    NpsGroup.PROMOTER: ("Promoter", "good"),
    NpsGroup.PASSIVE: ("Passive", "mute"),
    NpsGroup.DETRACTOR: ("Detractor", "bad"),
}


@require_GET
@needs(Permission.VIEW)
def account_nps(request: SignedInRequest, account_id: int) -> HttpResponse:
    """The latest score given at an account, as a cell of its key facts."""
    return _panel(request, account_id, partial="cell")


@require_GET
@needs(Permission.VIEW)
def account_answers(request: SignedInRequest, account_id: int) -> HttpResponse:
    return _panel(request, account_id, partial="panel")


def _panel(request: SignedInRequest, account_id: int, *, partial: str) -> HttpResponse:
    accounts = Account.objects.for_viewer(request.user).select_related("csm", "top", "parent")
    account = get_object_or_404(accounts, pk=account_id)
    answers = selectors.answers_at(account.pk)
    rows = [(given, *(GROUPS[nps_group(given.score)] if given.score is not None else ("", ""))) for given in answers]
    context = {
        "account": account,
        "rows": rows[:SHOWN_AT_FIRST] if is_htmx(request) else rows,
        "total": len(rows),
        "latest": next((row for row in rows if row[0].score is not None), None),
        "invited": selectors.invited_at(account.pk),
    }
    return render_page(request, "surveys/account_answers.html", context, partial=partial)
