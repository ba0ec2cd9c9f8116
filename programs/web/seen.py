"""The program a page is about, and what stands at its head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.shortcuts import get_object_or_404

from accounts.segments.rules import BadCondition
from accounts.segments.selectors import wording
from accounts.team.http import SignedInRequest
from contacts.people.selectors import role_labels
from contacts.recipients.rules import policy_in_words
from programs.design import rules
from programs.design.models import Program, Version
from programs.design.rules import trigger_in_words
from programs.design.selectors import anchor, newest_version


@dataclass(frozen=True)
class Opened:
    """A program with its newest version read; a draft has none."""

    program: Program
    version: Version | None
    document: rules.Document | None


def opened(request: SignedInRequest, program_id: int) -> Opened:
    program = get_object_or_404(Program.objects.for_viewer(request.user).select_related("owner"), pk=program_id)
    version = newest_version(program)
    return Opened(program, version, rules.from_json(version.document) if version else None)


def head(seen: Opened) -> dict[str, Any]:
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
        return "a condition on something that is no longer known"


def to_whom(document: rules.Document) -> str:
    labels = {key: role.label for key, role in role_labels().items()} if document.recipients.roles else {}
    return policy_in_words(document.recipients, labels)
