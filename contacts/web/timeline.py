"""The timeline of an account, which asks every two seconds whether anything has happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import names_of
from accounts.timeline.models import Kind
from contacts.engagement.selectors.timeline import Timeline, TimelineItem, timeline_of_account
from contacts.web.seen import account_seen
from cs_platform.common.htmx import render_page

FILTERS = (
    ("", "Everything"),
    ("calls", "Calls"),
    ("emails", "Emails"),
    ("roles", "Roles"),
    ("surveys", "Surveys"),
    ("contracts", "Contracts"),
)
LENGTH = 15


@require_GET
@needs(Permission.VIEW)
def account_timeline(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, given = account_seen(request, account_id), request.GET
    timeline = timeline_of_account(
        account.pk,
        shown=given.get("show", ""),
        place=given.get("from", ""),
        limit=LENGTH,
        unless=given.get("unless", ""),
    )
    if timeline is None:
        return HttpResponse(status=204)
    context = {"account": account, "filters": FILTERS, **told(timeline), "show": given.get("show", "")}
    context["place"] = given.get("from", "")
    return render_page(request, "contacts/account_timeline.html", context, partial="panel")


def told(timeline: Timeline, accounts: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Return a timeline with each line's icon and tone, its author and, from `accounts`, the account's name."""
    names = names_of({item.actor for item in timeline.items if item.actor})
    places = accounts or {}
    lines = [
        (one, *looks_of(one), names.get(one.actor, ""), places.get(one.account_id or 0, "")) for one in timeline.items
    ]
    return {"timeline": timeline, "lines": lines}


# The sign and the tone of each kind.
LOOKS = {
    Kind.CALL: ("phone", "s2"),
    Kind.MEETING: ("handshake", "s2"),
    Kind.EMAIL: ("mail", "s6"),
    Kind.UPDATE: ("sticky-note", "s6"),
    Kind.MILESTONE: ("flag", "s3"),
    Kind.CONTRACT: ("file-text", "s3"),
    Kind.ROLE: ("user-cog", "brand"),
    Kind.SURVEY: ("message-square-heart", "s5"),
    "sent": ("send", "s6"),
    "opened": ("mail-open", "brand"),
    "clicked": ("mouse-pointer-click", "brand"),
    "bounced": ("mail-x", "bad"),
    "complained": ("octagon-alert", "bad"),
    "unsubscribed": ("bell-off", "warn"),
}


def looks_of(item: TimelineItem) -> tuple[str, str]:
    icon, tone = LOOKS.get(item.kind, ("circle", "s6"))
    return icon, "s6" if item.verdict in ("machine", "unknown") else tone
