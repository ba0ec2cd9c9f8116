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


def occasion_of(key: str) -> dt.date:
    """Return the day in a reason that entry_key made."""
    return dt.date.fromisoformat(key.rpartition(":")[2])


def occurrence(key: str, *, about_account: int | None) -> str:
    """
    Return the ledger's name of the occasion: somebody at two customers hears about each of them once.

    What is about no account in particular (None), such as a newsletter, they get once.
    """
    return key if about_account is None else f"{key}:a{about_account}"


def planned_instant(day: dt.date, *, hour: int, zone: str) -> dt.datetime:
    """
    Return when a step of `day` is planned: at `hour` o'clock in the reader's zone.

    A local time that a change of clocks skips or repeats gives one instant; an unknown zone counts as UTC.
    """
    return dt.datetime.combine(day, dt.time(hour), tzinfo=_zone(zone)).astimezone(dt.UTC)


def due_instant(day: dt.date, *, hour: int, zone: str, now: dt.datetime) -> dt.datetime:
    """Return when a step of `day` is due: as planned, or now if that has passed."""
    return max(planned_instant(day, hour=hour, zone=zone), now)


def _zone(name: str) -> dt.tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def is_too_late(due: dt.datetime, *, latest_days: int, resumed: dt.datetime | None, now: dt.datetime) -> bool:
    """
    Return whether a step that was due is better left out than written now: more than so many days have passed.

    What fell due while its program was paused is owed since the program was resumed: somebody wanted it to wait.
    """
    owed = due if resumed is None else max(due, resumed)
    return now - owed > dt.timedelta(days=latest_days)


def day_after_writing(planned: dt.date, *, gap: int, due: dt.datetime, now: dt.datetime, zone: str) -> dt.date:
    """
    Return the day of the step that stands `gap` days behind one that was due then and is written now.

    The day is as planned, but never nearer than the gap: what was held for days does not fall on its reader all at
    once. Being some hours late, as a reader far west of us always is, moves nothing.
    """
    was_held = now - due >= dt.timedelta(days=1)
    written = (now if was_held else due).astimezone(_zone(zone)).date()
    return max(planned, written + dt.timedelta(days=gap))


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
    "step_too_late": "The step's day had passed too long ago, so it was skipped instead of being sent late.",
}
# Decisions after which the participant goes on to the next step without a message.
SKIPPING = frozenset({"step_condition_not_met", "step_too_late"})


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
