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
from contacts.engagement.selectors import Happening, Story, story_at
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
    story = story_at(
        account.pk,
        shown=given.get("show", ""),
        place=given.get("from", ""),
        limit=LENGTH,
        unless=given.get("unless", ""),
    )
    if story is None:
        return HttpResponse(status=204)
    context = {"account": account, "filters": FILTERS, **told(story), "show": given.get("show", "")}
    context["place"] = given.get("from", "")
    return render_page(request, "contacts/account_timeline.html", context, partial="panel")


def told(story: Story, accounts: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Return a story with the looks of each line, who wrote it and, by the names of `accounts`, where it happened."""
    names = names_of({happening.actor for happening in story.happenings if happening.actor})
    places = accounts or {}
    lines = [
        (one, *looks_of(one), names.get(one.actor, ""), places.get(one.account_id or 0, "")) for one in story.happenings
    ]
    return {"story": story, "lines": lines}


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


def looks_of(happening: Happening) -> tuple[str, str]:
    icon, tone = LOOKS.get(happening.kind, ("circle", "s6"))
    return icon, "s6" if happening.verdict in ("machine", "unknown") else tone
