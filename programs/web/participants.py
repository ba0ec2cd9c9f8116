"""Who is in a program, and the path of one of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.people.models import Membership
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import ROWS_PER_PAGE, keyset_page
from programs.design.rules import Document, from_json
from programs.design.selectors import documents
from programs.participants.models import Decision, Participant
from programs.participants.rules import SKIPPING, Fate, fates, reason_in_words
from programs.participants.selectors import (
    GROUPS,
    INSIDE,
    NEWEST_CHANGE,
    ParticipantFilter,
    decisions_about,
    group_counts,
    latest_messages,
    messages_of,
    participants_of,
)
from programs.results.selectors import leavers
from programs.web.context import OpenProgram, head, open_program

GROUP_LABELS = {
    "": "All",
    "entered": "Enrolled",
    "inside": "Active",
    "completed": "Completed",
    "left": "Exited",
    "rejected": "Not enrolled",
}


def participants_card(request: SignedInRequest, seen: OpenProgram, *, size: int = ROWS_PER_PAGE) -> dict[str, Any]:
    """Return what programs/_participants.html needs: a page of participants with step, reason and latest message."""
    wanted, counts = _filter_of(request), group_counts(seen.program, viewer=request.user)
    found = participants_of(seen.program, viewer=request.user, wanted=wanted)
    page = keyset_page(request, found, order=NEWEST_CHANGE, size=size)
    texts = documents({row.version_id for row in page})
    latest = latest_messages(page.rows)
    rows = [
        {
            "participant": row,
            "step": _title(texts[row.version_id], row.step_key),
            "reason": reason_in_words(row.reason),
            "message": latest.get(row.pk),
            "is_inside": row.state in INSIDE,
        }
        for row in page
    ]
    return {
        "page": page,
        "rows": rows,
        "groups": [(group, label, counts[group]) for group, label in GROUP_LABELS.items()],
        "total": counts[""],
        "is_narrowed": wanted != ParticipantFilter(),
    }


def _filter_of(request: SignedInRequest) -> ParticipantFilter:
    given = request.GET
    group = given.get("group", "")
    return ParticipantFilter(
        group=group if group in GROUPS else "",
        reason=given.get("reason", "")[:60],
        step=given.get("step", "")[:80],
        words=given.get("q", "").strip()[:100],
    )


def _title(document: Document, key: str) -> str:
    step = document.step(key)
    return step.title if step else ""


@require_GET
@needs(Permission.VIEW)
def program_participants(request: SignedInRequest, program_id: int) -> HttpResponse:
    seen = open_program(request, program_id)
    reasons = {row.reason: reason_in_words(row.reason) for row in leavers(seen.program, viewer=request.user)}
    context = {
        **head(seen),
        "reasons": list(reasons.items()),
        "step_choices": [(step.key, step.title) for step in seen.document.steps] if seen.document else [],
        "is_wide": True,
        **participants_card(request, seen),
    }
    return render_page(request, "programs/program_participants.html", context, partial="participants")


@require_GET
@needs(Permission.VIEW)
def participant(request: SignedInRequest, participant_id: int) -> HttpResponse:
    """Why did she (not) get this? One entry's decisions and messages, step by step."""
    found = Participant.objects.for_viewer(request.user).select_related(
        "program__owner", "version", "account", "membership__person"
    )
    row = get_object_or_404(found, pk=participant_id)
    document = from_json(row.version.document)
    decisions = decisions_about(row)
    context = {
        **head(OpenProgram(row.program, row.version, document)),
        "participant": row,
        "reason": reason_in_words(row.reason),
        "path": _path(row, document, decisions),
        "others": _others(decisions),
        "is_inside": row.state in INSIDE,
    }
    return render_page(request, "programs/participant.html", context)


def _path(row: Participant, document: Document, decisions: list[Decision]) -> list[dict[str, Any]]:
    messages = messages_of(row)
    own = {
        d.step_key: d for d in decisions if d.membership_id == row.membership_id and not d.is_positive and d.step_key
    }
    skipped = {key for key, decision in own.items() if decision.code in SKIPPING}
    fate_of = fates(
        [step.key for step in document.steps],
        written=messages.keys(),
        skipped=skipped,
        at=row.step_key,
        is_inside=row.state in INSIDE,
    )
    return [
        {
            "step": step,
            "fate": fate.value,
            "message": messages.get(step.key),
            "decision": own.get(step.key),
            "why": reason_in_words(own[step.key].code) if step.key in own else "",
            "is_next": fate == Fate.NEXT,
        }
        for step, fate in zip(document.steps, fate_of, strict=True)
    ]


# Return who was considered when the account's time came, receivers first, each with the reason.
def _others(decisions: list[Decision]) -> list[dict[str, Any]]:
    # About the entry, not about a step; an account looked at again has the last word last.
    last = {d.membership_id: d for d in decisions if d.membership_id is not None and not d.step_key}
    people = Membership.objects.select_related("person").in_bulk(list(last))
    rows: list[dict[str, Any]] = [
        {"contact": people[number], "receives": decision.is_positive, "reason": reason_in_words(decision.code)}
        for number, decision in last.items()
        if number in people
    ]
    return sorted(rows, key=lambda row: (not row["receives"], row["contact"].person.display_name))
