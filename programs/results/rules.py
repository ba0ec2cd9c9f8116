"""What is worth a look in a program's figures. Computed from counts alone; small counts say nothing and stay silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Below these counts a rate is chance, not a finding.
FEW_SENT = 50
FEW_LEFT = 5
MOST_BOUNCED = 0.05
MOST_UNSUBSCRIBED = 0.01
# A step stands out when it loses twice the rate of the others, or is clicked half as often.
TWICE = 2.0
MOST_FINDINGS = 4


@dataclass(frozen=True, slots=True)
class StepCounts:
    """What became of one email of a program."""

    key: str
    title: str
    sent: int
    delivered: int
    clicked: int
    bounced: int
    unsubscribed: int
    left: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is to know of a program: its steps, and what is stuck or shut out."""

    steps: Sequence[StepCounts] = ()
    uncertain: int = 0
    refused: int = 0
    held: int = 0
    errored: int = 0
    entered: int = 0
    not_entered: int = 0
    commonest_reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    Something a program manager should look at.

    `kind` says what it is about (and so where it leads), `key` which step or reason.
    """

    kind: str
    tone: str  # bad, warn, brand
    title: str
    text: str
    key: str = ""


def findings(counts: Counts) -> list[Finding]:
    """Return what stands out, the most pressing first; at most four."""
    found = [
        *_stuck(counts),
        *_lossy(counts.steps),
        *_quiet(counts.steps),
        *_shut_out(counts),
        *_unwelcome(counts.steps),
    ]
    urgency = {"bad": 0, "warn": 1, "brand": 2}
    return sorted(found, key=lambda finding: urgency[finding.tone])[:MOST_FINDINGS]


def _stuck(counts: Counts) -> Iterable[Finding]:
    if counts.uncertain:
        yield Finding(
            "uncertain",
            "warn",
            f"{_messages(counts.uncertain)} may not have been delivered",
            "They aren’t resent automatically. Review each one and mark whether it arrived.",
        )
    if counts.refused:
        text = "The mail server rejected them. Each message shows the server’s response."
        yield Finding("refused", "bad", f"{_messages(counts.refused)} refused", text)
    if counts.held or counts.errored:
        stuck = counts.held + counts.errored
        text = "They are held or hit an error, and won’t continue on their own."
        yield Finding("stuck", "bad", f"{_people(stuck)} stuck", text)


# The step at which the most leave, when it loses twice the rate of the others; and one whose mail bounces.
def _lossy(steps: Sequence[StepCounts]) -> Iterable[Finding]:
    enough = [step for step in steps if step.left >= FEW_LEFT and step.sent + step.left >= FEW_SENT]
    losing = max(enough, key=lambda step: _rate(step.left, step.sent + step.left), default=None)
    if losing is not None:
        others = [step for step in steps if step is not losing]
        rate = _rate(losing.left, losing.sent + losing.left)
        usual = _rate(sum(s.left for s in others), sum(s.sent + s.left for s in others))
        if rate >= TWICE * usual:
            more = f", compared with {_percent(usual)} at other steps" if others else ""
            text = f"{_people(losing.left)} exited here{more}."
            yield Finding("step", "bad", f"{_percent(rate)} exit at “{losing.title}”", text, losing.key)
    for step in steps:
        rate = _rate(step.bounced, step.sent)
        if step.sent >= FEW_SENT and rate > MOST_BOUNCED:
            text = f"{step.bounced:,} of {step.sent:,} bounced. Rates above 5% hurt the sender’s reputation."
            yield Finding("bounces", "bad", f"“{step.title}” has a {_percent(rate)} bounce rate", text, step.key)


# The email that is clicked least, when it is clicked half as often as the others.
def _quiet(steps: Sequence[StepCounts]) -> Iterable[Finding]:
    heard = [step for step in steps if step.delivered >= FEW_SENT]
    if len(heard) < 2:
        return
    quiet = min(heard, key=lambda step: _rate(step.clicked, step.delivered))
    others = [step for step in heard if step is not quiet]
    usual = _rate(sum(s.clicked for s in others), sum(s.delivered for s in others))
    rate = _rate(quiet.clicked, quiet.delivered)
    if usual >= TWICE * rate and usual > 0:
        text = f"{quiet.clicked:,} of {quiet.delivered:,} clicked; the other emails average {_percent(usual)}."
        yield Finding("step", "warn", f"“{quiet.title}” has a {_percent(rate)} click rate", text, quiet.key)


def _shut_out(counts: Counts) -> Iterable[Finding]:
    if counts.not_entered >= FEW_LEFT:
        number = f"{counts.not_entered:,} accounts"
        reason = f" Most common reason: {counts.commonest_reason}" if counts.commonest_reason else ""
        text = f"They were due but had no eligible contact.{reason}"
        yield Finding("not_entered", "warn", f"{number} not enrolled", text)


def _unwelcome(steps: Sequence[StepCounts]) -> Iterable[Finding]:
    for step in steps:
        rate = _rate(step.unsubscribed, step.delivered)
        if step.delivered >= FEW_SENT and rate > MOST_UNSUBSCRIBED:
            text = f"{step.unsubscribed:,} of {step.delivered:,} people unsubscribed from this kind of email."
            yield Finding("step", "warn", f"“{step.title}” has a {_percent(rate)} unsubscribe rate", text, step.key)


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _percent(rate: float) -> str:
    return f"{100 * rate:.1f}%"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def _messages(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"
