"""What a program's document may say, and what follows from it. The document is what a version freezes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contacts.recipients.rules import MessageClass, Policy, SoldToUse

FORMAT = 1
EARLIEST_DAY, LATEST_DAY = -400, 800
# A long weekend without workers loses nobody a message; a month without them sends nobody a stale welcome.
LATEST_DAYS, MOST_LATEST_DAYS = 3, 365


class BadDocument(ValueError):
    """The document cannot be published; `problems` names each place and what is wrong there."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class Trigger:
    """
    When an account enters: `first_day` to `last_day` days from the anchor, inclusive.

    The window is there so that a run that was missed loses nobody.
    """

    anchor: str
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; `key` stays the same from version to version, `day` counts from the anchor."""

    key: str
    kind: str  # email, survey
    title: str
    day: int
    template_version: int
    survey_version: int | None = None
    only_if: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A program as published: who, when, to whom, what."""

    audience: Mapping[str, Any]
    trigger: Trigger
    recipients: Policy
    sender: int
    steps: tuple[Step, ...]
    send_hour: int = 9  # in the reader's own time zone
    replies_to_csm: bool = False
    copies_csm: bool = False
    latest_days: int = LATEST_DAYS  # a step that comes up later than this after its day is skipped

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def after(self, key: str) -> Step | None:
        """Return the step behind `key`; the first one for the empty key."""
        keys = [step.key for step in self.steps]
        place = keys.index(key) + 1 if key else 0
        return self.steps[place] if place < len(self.steps) else None


def as_json(document: Document) -> dict[str, Any]:
    """Return the canonical form: keys sorted, sets as sorted lists, the graph spelled out by `next`."""
    following = [step.key for step in document.steps[1:]] + [None]
    policy = asdict(document.recipients)
    return {
        "format": FORMAT,
        "audience": dict(document.audience),
        "trigger": asdict(document.trigger),
        "recipients": {
            **{name: policy[name] for name in sorted(policy)},
            "message_class": document.recipients.message_class.value,
            "sold_to": document.recipients.sold_to.value,
            "roles": sorted(document.recipients.roles),
        },
        "sender": document.sender,
        "send_hour": document.send_hour,
        "replies_to_csm": document.replies_to_csm,
        "copies_csm": document.copies_csm,
        "latest_days": document.latest_days,
        "steps": [{**asdict(step), "next": follower} for step, follower in zip(document.steps, following, strict=True)],
    }


def from_json(raw: Mapping[str, Any]) -> Document:
    recipients = dict(raw["recipients"])
    steps = [{name: value for name, value in step.items() if name != "next"} for step in raw["steps"]]
    return Document(
        audience=raw["audience"],
        trigger=Trigger(**raw["trigger"]),
        recipients=Policy(
            **{
                **recipients,
                "message_class": MessageClass(recipients["message_class"]),
                "sold_to": SoldToUse(recipients["sold_to"]),
                "roles": frozenset(recipients["roles"]),
            }
        ),
        sender=raw["sender"],
        send_hour=raw["send_hour"],
        replies_to_csm=raw["replies_to_csm"],
        # Documents of before say nothing of these two.
        copies_csm=raw.get("copies_csm", False),
        latest_days=raw.get("latest_days", LATEST_DAYS),
        steps=tuple(Step(**step) for step in steps),
    )


def check(document: Document, *, anchors: Sequence[str]) -> None:
    """
    Say whether the document may be published.

    :raises BadDocument: listing everything that is wrong, by its place.
    """
    problems: list[str] = []
    trigger = document.trigger
    if trigger.anchor not in anchors:
        problems.append(f"trigger: {trigger.anchor!r} isn’t a known anchor; use one of {', '.join(sorted(anchors))}")
    if not EARLIEST_DAY <= trigger.first_day <= trigger.last_day <= LATEST_DAY:
        problems.append(f"trigger: {trigger.first_day} to {trigger.last_day} isn’t a valid range of days")
    if not 0 <= document.send_hour <= 23:
        problems.append(f"send_hour: {document.send_hour} must be 0 to 23")
    if document.copies_csm and document.recipients.message_class.is_survey:
        problems.append("copies_csm: surveys can’t be copied: anyone with a copy could answer for the recipient")
    if not 0 <= document.latest_days <= MOST_LATEST_DAYS:
        problems.append(f"latest_days: {document.latest_days} must be 0 to {MOST_LATEST_DAYS}")
    if not document.steps:
        problems.append("steps: add at least one step")
    problems += _step_problems(document)
    if problems:
        raise BadDocument(problems)


def _step_problems(document: Document) -> list[str]:
    problems: list[str] = []
    seen: set[str] = set()
    latest = EARLIEST_DAY
    for number, step in enumerate(document.steps, start=1):
        place = f"step {number} ({step.title})"
        if step.key in seen:
            problems.append(f"{place}: the key {step.key!r} is already used")
        if step.day < latest:
            problems.append(f"{place}: day {step.day} is before the previous step")
        if step.kind not in ("email", "survey"):
            problems.append(f"{place}: {step.kind!r} isn’t a step type; use email or survey")
        if (step.kind == "survey") != (step.survey_version is not None):
            problems.append(f"{place}: survey steps need a survey, and other steps can’t have one")
        if step.kind == "survey" and not document.recipients.message_class.is_survey:
            problems.append(f"{place}: surveys need a program with message class NPS or CSAT")
        seen.add(step.key)
        latest = step.day
    return problems


def due_date(step: Step, *, document: Document, anchor: dt.date, entered: dt.date) -> dt.date:
    """
    Return the day a step is due for somebody who entered on `entered`.

    Counted from the anchor; whoever entered late in the window keeps the distances between the steps.
    """
    planned = anchor + dt.timedelta(days=step.day)
    shifted = entered + dt.timedelta(days=step.day - document.steps[0].day)
    return max(planned, shifted)


def trigger_in_words(trigger: Trigger, anchor: str) -> str:
    """Return when an account enters, without a full stop; `anchor` is the anchor's name in words."""
    first, last = trigger.first_day, trigger.last_day
    if first == last:
        return f"Starts {_distance(first, anchor)}"
    if first == 0:
        return f"Starts on the {anchor}, or up to {_days(last)} after"
    if last == 0:
        return f"Starts up to {_days(-first)} before the {anchor}, or on it"
    if first > 0:
        return f"Starts {first} to {_days(last)} after the {anchor}"
    if last < 0:
        return f"Starts {-first} to {_days(-last)} before the {anchor}"
    return f"Starts from {_days(-first)} before to {_days(last)} after the {anchor}"


def _distance(day: int, anchor: str) -> str:
    if day == 0:
        return f"on the {anchor}"
    return f"{_days(day)} after the {anchor}" if day > 0 else f"{_days(-day)} before the {anchor}"


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def changes(before: Document, after: Document) -> list[str]:
    """Return what a version does differently from the one before it, a few words each, in the order of the document."""
    whole = (
        ("Audience", before.audience != after.audience),
        ("Trigger", before.trigger != after.trigger),
        ("Recipients", before.recipients != after.recipients),
        ("Sender", before.sender != after.sender),
        ("Send time", before.send_hour != after.send_hour),
        ("Reply-to", before.replies_to_csm != after.replies_to_csm),
        ("CSM copies", before.copies_csm != after.copies_csm),
        ("Maximum lateness", before.latest_days != after.latest_days),
    )
    found = [f"{name} changed" for name, is_changed in whole if is_changed]
    earlier = {step.key: step for step in before.steps}
    kept = {step.key for step in after.steps} & set(earlier)
    found += [f"“{step.title}” added" for step in after.steps if step.key not in kept]
    found += [f"“{step.title}” removed" for step in before.steps if step.key not in kept]
    for step in after.steps:
        if step.key in kept:
            found += _step_changes(earlier[step.key], step)
    if [step.key for step in before.steps if step.key in kept] != [s.key for s in after.steps if s.key in kept]:
        found.append("Order of the steps changed")
    return found


def _step_changes(before: Step, after: Step) -> list[str]:
    name = f"“{after.title}”"
    changed = (
        (f"{name} renamed from “{before.title}”", before.title != after.title),
        (f"{name} moved from day {before.day} to day {after.day}", before.day != after.day),
        (f"{name} has a new text", before.template_version != after.template_version),
        (f"{name} has other questions", before.survey_version != after.survey_version),
        (f"{name} has another condition", before.only_if != after.only_if),
    )
    return [words for words, is_changed in changed if is_changed]
