"""When a participant's next step is due, and what the ledger calls the occasion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contacts.recipients.rules import SENTENCES, Reason


def entry_key(anchor: str, occasion: dt.date) -> str:
    """Return the reason of an entry: the anchor and its day, so that next year's contract is another reason."""
    return f"{anchor}:{occasion.isoformat()}"


def occurrence(key: str, account_id: int) -> str:
    """Return the ledger's name of the occasion: somebody at two customers hears about each of them once."""
    return f"{key}:a{account_id}"


def due_instant(day: dt.date, *, hour: int, zone: str, now: dt.datetime) -> dt.datetime:
    """
    Return when a step of `day` is due: at `hour` o'clock in the reader's zone, or now if that has passed.

    A local time that a change of clocks skips or repeats gives one instant; an unknown zone counts as UTC.
    """
    try:
        local = dt.datetime.combine(day, dt.time(hour), tzinfo=ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        local = dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)
    return max(local.astimezone(dt.UTC), now)


# How the footer of a message says why its reader has it.
WHY_IN_WORDS = {
    Reason.IS_GITLAB_ADMIN: "you are the GitLab Admin contact",
    Reason.IS_SOLD_TO_FALLBACK: "you bought GitLab",
    Reason.IS_SOLD_TO_ADDRESSED: "you bought GitLab",
    Reason.IS_SAAS_OWNER: "you are an Owner of the GitLab group",
    Reason.IS_SAAS_MAINTAINER: "you are a Maintainer in the GitLab group",
    Reason.HAS_ADDRESSED_ROLE: "of your role",
}


OURS = {
    "contact_gone": "The contact is no longer at the account.",
    "step_is_missing": "The step is not in the participant's version of the program.",
    "step_condition_not_met": "The account did not meet the step's condition, so the step was skipped.",
}


def reason_in_words(code: str) -> str:
    """Return a participant's or a decision's reason as a sentence; a code without words comes back readable."""
    if code in OURS:
        return OURS[code]
    if code in set(Reason):
        return SENTENCES[Reason(code)]
    return f"{code.replace('_', ' ').capitalize()}." if code else ""


class Fate(StrEnum):
    """What became, or will become, of one step for one participant."""

    WRITTEN = "written"
    SKIPPED = "skipped"
    LEFT = "left"  # the participant left the program here
    NEXT = "next"
    TO_COME = "to_come"
    NOT_REACHED = "not_reached"


def fates(
    steps: Sequence[str], *, written: Collection[str], skipped: Collection[str], at: str, is_inside: bool
) -> list[Fate]:
    """
    Return the fate of each step, given by its key and in order.

    `at` is the step a participant waits for while inside, and otherwise the one at which they finished.
    """
    found = []
    is_ahead = False
    for step in steps:
        if step in written:
            found.append(Fate.WRITTEN)
        elif step in skipped:
            found.append(Fate.SKIPPED)
        elif step == at:
            found.append(Fate.NEXT if is_inside else Fate.LEFT)
        else:
            found.append(Fate.TO_COME if is_inside and is_ahead else Fate.NOT_REACHED)
        is_ahead = is_ahead or step == at
    return found
