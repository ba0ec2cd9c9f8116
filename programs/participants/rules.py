"""Which event an anchor's date belongs to, and when a participant's next step is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contacts.recipients.rules import SENTENCES, Reason
from programs.design.rules import Document, due_date

# A date that moves by so many days or more, later, is another term and no correction: terms of a year that are
# recorded by moving the end of the one line there is would otherwise never renew.
FAR_APART = dt.timedelta(days=180)
# Contracts that begin within a quarter are one beginning: nobody is welcomed twice in it.
ONE_BEGINNING = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event that programs have counted from: the date it has as last seen, and the row it is about, if any."""

    key: str
    date: dt.date
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class Lineage:
    """Subscriptions that continue each other: their numbers, their first day, and the days on which terms end."""

    ids: frozenset[int]
    begins: dt.date
    ends: tuple[dt.date, ...] = ()


def beginning_on(day: dt.date, events: Sequence[KnownEvent], lineages: Sequence[Lineage]) -> KnownEvent | None:
    """
    Return the known beginning that an account's contract date of `day` is, or None when it is a new one.

    A corrected date is the same beginning. There is a second one where lineages begin more than a quarter apart and
    the date stands at another of them than before; and where nothing says so, when it moves later by half a year or
    more and no lineage begins nearer to it than to the day before.
    """
    exact = _on(day, events)
    if exact or not events:
        return exact
    groups: list[list[dt.date]] = []
    for begins in sorted(lineage.begins for lineage in lineages):
        if groups and begins - groups[-1][-1] <= ONE_BEGINNING:
            groups[-1].append(begins)
        else:
            groups.append([begins])

    def distance(date: dt.date, group: Sequence[dt.date]) -> dt.timedelta:
        return min(abs(begins - date) for begins in group)

    def group_of(date: dt.date) -> int:
        return min(range(len(groups)), key=lambda at: distance(date, groups[at]))

    if len(groups) > 1:
        return _latest([event for event in events if group_of(event.date) == group_of(day)])
    latest = _latest(events)
    is_later = latest is not None and day - latest.date >= FAR_APART
    agrees = latest is not None and bool(groups) and distance(day, groups[0]) < distance(latest.date, groups[0])
    return None if is_later and not agrees else latest


def term_end_on(
    day: dt.date, subject: int | None, events: Sequence[KnownEvent], lineages: Sequence[Lineage]
) -> KnownEvent | None:
    """
    Return the known end of a term that a renewal date of `day` is, or None when a new term of `subject` ends then.

    An event has been renewed, and is over, where a term of its lineage still ends nearer to its date than `day` is;
    otherwise its date was corrected, unless it moved later by half a year or more.
    """
    exact = _on(day, events)
    if exact:
        return exact
    lineage = next((lineage for lineage in lineages if subject in lineage.ids), None)
    ends = lineage.ends if lineage else ()
    return _latest(
        [
            event
            for event in events
            if (lineage is None or event.subject is None or event.subject in lineage.ids)
            and day - event.date < FAR_APART
            and all(abs(end - event.date) >= abs(day - event.date) for end in ends)
        ]
    )


def row_on(
    day: dt.date, subject: int | None, events: Sequence[KnownEvent], standing: Collection[int]
) -> KnownEvent | None:
    """
    Return the known event that is about this row, whatever its day; None when there is none.

    A row that stands no more was entered anew: the event nearest to the day, within half a year, is about it.
    """
    exact = _on(day, events)
    if exact:
        return exact
    about = [event for event in events if event.subject is not None and event.subject == subject]
    if about:
        return _latest(about)
    orphans = [e for e in events if e.subject not in standing and abs(day - e.date) < FAR_APART]
    return min(orphans, key=lambda event: abs(day - event.date), default=None)


def once(day: dt.date, events: Sequence[KnownEvent]) -> KnownEvent | None:
    return _on(day, events) or _latest(events)


def _on(day: dt.date, events: Sequence[KnownEvent]) -> KnownEvent | None:
    return next((event for event in events if event.date == day), None)


def _latest(events: Sequence[KnownEvent]) -> KnownEvent | None:
    return max(events, key=lambda event: (event.date, event.key), default=None)


def new_event_key(day: dt.date, taken: Collection[str]) -> str:
    """Return the key of a new event: the day on which it is first seen, numbered where another one has that name."""
    names = (day.isoformat() if number == 1 else f"{day.isoformat()}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def entry_key(anchor: str, event: str) -> str:
    """Return the reason of an entry: the anchor and the key of the event, so that next year's is another reason."""
    return f"{anchor}:{event}"


def event_key(key: str) -> str:
    """Return the event in a reason that entry_key made."""
    return key.partition(":")[2]


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


@dataclass(frozen=True, slots=True)
class Written:
    """A message of a participant: its step, when it was planned and is due, and its number until it has left."""

    step_key: str
    planned_at: dt.datetime
    due_at: dt.datetime
    unsent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Replan:
    """When a participant's next step is due by a corrected date, and their unsent messages by number."""

    due_at: dt.datetime | None
    messages: dict[int, dt.datetime]


def replanned(
    document: Document,
    *,
    anchor: dt.date,
    entered: dt.date,
    waits_for: str,
    messages: Sequence[Written],
    zone: str,
    now: dt.datetime,
) -> Replan:
    """
    Return what becomes of a participant's days when the anchor's date is corrected to `anchor`.

    What has left stays; what is planned and unsent waits for its new day, or for nothing more if that has passed; the
    step that the participant waits for (`waits_for`, empty for who has finished) keeps its distance from the last one.
    """
    written = {message.step_key: message for message in messages}
    moved: dict[int, dt.datetime] = {}
    last: tuple[dt.date, int] | None = None
    for step in document.steps:
        day = due_date(step, document=document, anchor=anchor, entered=entered)
        if last is not None:
            day = max(day, last[0] + dt.timedelta(days=step.day - last[1]))
        at = planned_instant(day, hour=document.send_hour, zone=zone)
        message = written.get(step.key)
        if message is None:
            if step.key == waits_for:
                return Replan(at, moved)
            continue
        left = message.planned_at
        if message.unsent_id is not None and max(at, message.due_at) > now:
            left = moved[message.unsent_id] = max(at, now)
        last = left.astimezone(_zone(zone)).date(), step.day
    return Replan(None, moved)


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
    "step_is_missing": "This step isn't in the participant's version of the program.",
    "step_condition_not_met": "The account didn't meet this step's condition.",
    "skipped_on_resume": "Overdue when the program resumed, and skipped.",
    "program_stopped": "The program was stopped.",
    "step_too_late": "Too late to send: the step was overdue for longer than the program allows.",
}
# Decisions after which the participant goes on to the next step without a message.
SKIPPING = frozenset({"step_condition_not_met", "step_too_late", "skipped_on_resume"})


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
