"""The program a page is about, what stands at its head, and the stretch of time its figures are about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404

from accounts.segments.rules import BadCondition
from accounts.segments.selectors import wording
from accounts.team.http import SignedInRequest
from contacts.people.selectors import role_labels
from contacts.recipients.rules import policy_in_words
from cs_platform.common import clock
from programs.design import rules
from programs.design.models import Program, Version
from programs.design.rules import trigger_in_words
from programs.design.selectors import anchor, newest_version

DAYS = {"12w": 84, "30d": 30}
LABELS = {"12w": "Last 12 weeks", "30d": "Last 30 days", "all": "Since launch"}
USUAL = "12w"


@dataclass(frozen=True)
class OpenProgram:
    """A program with its newest version read; a draft has none."""

    program: Program
    version: Version | None
    document: rules.Document | None


def open_program(request: SignedInRequest, program_id: int) -> OpenProgram:
    program = get_object_or_404(Program.objects.for_viewer(request.user).select_related("owner"), pk=program_id)
    version = newest_version(program)
    return OpenProgram(program, version, rules.from_json(version.document) if version else None)


def head(seen: OpenProgram) -> dict[str, Any]:
    document = seen.document
    return {
        "program": seen.program,
        "version": seen.version,
        "version_name": f"Version {seen.version.number}" if seen.version else "",
        "trigger": when(document) if document else "",
        "audience": in_words(document.audience) if document else "",
        "recipients": to_whom(document) if document else "",
        "emails": len(document.steps) if document else 0,
        # How many take part: a page that has counted them says so.
        "total": None,
    }


def when(document: rules.Document) -> str:
    return trigger_in_words(document.trigger, anchor(document.trigger.anchor).label)


def in_words(condition: Any) -> str:
    """Return a condition as a sentence; one that names what this installation no longer knows is said to be so."""
    try:
        return wording(condition)
    except BadCondition:
        return "a condition on a field that no longer exists"


def to_whom(document: rules.Document) -> str:
    labels = {key: role.label for key, role in role_labels().items()} if document.recipients.roles else {}
    return policy_in_words(document.recipients, labels)


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until) in the organization's time zone; `before` begins the stretch of the same length before it."""

    key: str
    since: dt.datetime
    until: dt.datetime
    before: dt.datetime | None

    @property
    def label(self) -> str:
        return LABELS[self.key]

    @property
    def query(self) -> str:
        """What a link to the messages of the period adds to its address; nothing for all of them."""
        return "" if self.key == "all" else f"&since={self.since.date()}"

    @property
    def days(self) -> int:
        return (self.until.date() - self.since.date()).days + 1


def period_of(key: str, *, launched_at: dt.datetime | None, now: dt.datetime) -> Period:
    """Return the period of this name that ends now; the usual one for a name that is none."""
    until = now.astimezone(clock.zone())
    today = until.replace(hour=0, minute=0, second=0, microsecond=0)
    if key == "all" and launched_at is not None:
        launched = launched_at.astimezone(until.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
        return Period(key, min(launched, today), until, None)
    name = key if key in DAYS else USUAL
    since = today - dt.timedelta(days=DAYS[name] - 1)
    return Period(name, since, until, since - dt.timedelta(days=DAYS[name]))
