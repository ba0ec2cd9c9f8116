"""
Time-to-Value: how long accounts wait for what they bought.

Each figure has its own clock, in calendar days (GitLab handbook, Customer Success vision: Time-to-Value KPIs, and the
CSM onboarding page): Engage and Onboard start with the onboarding call to action, First Value with the contract.
Whoever has not arrived yet is still waiting, not missing: medians are Kaplan-Meier's, shares are over all accounts
old enough, and there is no mean of the achievers alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType


class Goal(StrEnum):
    ENGAGE = "engage"
    FIRST_VALUE = "first_value"
    ONBOARD = "onboard"


# Days; an account that waits longer stands on the burn-down list.
GOALS: Mapping[Goal, int] = MappingProxyType({Goal.ENGAGE: 14, Goal.FIRST_VALUE: 30, Goal.ONBOARD: 45})

# Share of the licenses in use at which first value is reached.
FIRST_VALUE_UTILISATION = Fraction(10, 100)


def time_to_engage(*, onboarding_started: dt.date, first_call: dt.date | None) -> int | None:
    """Return the days from the onboarding call to action to the first call or meeting; 0 when that came first."""
    return None if first_call is None else max((first_call - onboarding_started).days, 0)


def time_to_onboard(started: dt.date, closed: dt.date | None) -> int | None:
    """Return the days the onboarding call to action was open; closed as not applicable counts as closed."""
    return None if closed is None else (closed - started).days


def time_to_first_value(contract_date: dt.date, first_value: dt.date | None) -> int | None:
    """Return the days from contract (or subscription start) to first value; negative when a trial reached it."""
    return None if first_value is None else (first_value - contract_date).days


def first_value_date(
    readings: Iterable[tuple[dt.date, Decimal | Fraction | float | None]],
    *,
    threshold: Fraction = FIRST_VALUE_UTILISATION,
) -> dt.date | None:
    """
    Return the first day on which utilisation (a share: 0.1 is 10 %) was at least the threshold.

    An unknown utilisation is None and reaches nothing; falling back and reaching it again counts once, at first.
    """
    reached = (day for day, share in readings if share is not None and Fraction(share) >= threshold)
    return min(reached, default=None)


ONBOARDING_STARTED, ONBOARDING_CLOSED = "onboarding_started", "onboarding_closed"


def why_not_reached(kind: str, on: dt.date, *, standing: Mapping[str, dt.date], today: dt.date) -> str | None:
    """
    Return, as a sentence, why a milestone (a kind of models.Kind) cannot have been reached on a day; None if it can.

    `standing` are the milestones that stand already. Onboarding is closed after it was started, never before.
    """
    if on > today:
        return "This date is in the future."
    if kind in standing:
        return f"Already reached on {standing[kind].isoformat()}. Undo that one first if it's wrong."
    started, closed = standing.get(ONBOARDING_STARTED), standing.get(ONBOARDING_CLOSED)
    if kind == ONBOARDING_CLOSED and started is None:
        return "Onboarding hasn't started."
    if kind == ONBOARDING_CLOSED and started is not None and on < started:
        return f"Onboarding started on {started.isoformat()}, after this date."
    if kind == ONBOARDING_STARTED and closed is not None and on > closed:
        return f"Onboarding was closed on {closed.isoformat()}, before this date."
    return None


class Pace(StrEnum):
    """An account's way held against the goal."""

    WITHIN = "within"  # arrived in time
    OVER = "over"  # arrived too late
    OPEN = "open"  # waits, and may still arrive in time
    LATE = "late"  # waits longer than the goal
    LEFT = "left"


class Outcome(StrEnum):
    REACHED = "reached"
    WAITING = "waiting"
    LEFT = "left"  # churned before getting there


@dataclass(frozen=True, slots=True)
class Journey:
    """One account on its way: when its clock started, when it arrived, when it churned."""

    key: int
    started: dt.date
    reached: dt.date | None = None
    left: dt.date | None = None

    def outcome(self, *, today: dt.date) -> Outcome:
        """Return how things stood on a day; what happened later was not known then."""
        is_gone = self.left is not None and self.left <= today
        if self.reached is not None and self.reached <= today:
            return Outcome.LEFT if self.left is not None and self.left < self.reached else Outcome.REACHED
        return Outcome.LEFT if is_gone else Outcome.WAITING

    def days(self, *, today: dt.date) -> int:
        """Return the days to arrival, to churn, or waited so far; negative where arrival came before the start."""
        outcome = self.outcome(today=today)
        if outcome is Outcome.REACHED and self.reached is not None:
            return (self.reached - self.started).days
        if outcome is Outcome.LEFT and self.left is not None:
            return (self.left - self.started).days
        return (today - self.started).days

    def pace(self, *, goal: int, today: dt.date) -> Pace:
        outcome, is_over = self.outcome(today=today), self.days(today=today) > goal
        if outcome is Outcome.LEFT:
            return Pace.LEFT
        if outcome is Outcome.REACHED:
            return Pace.OVER if is_over else Pace.WITHIN
        return Pace.LATE if is_over else Pace.OPEN

    def is_old_enough(self, *, goal: int, today: dt.date) -> bool:
        """Return whether the goal's day has passed: only then does the account count in the share."""
        return (today - self.started).days > goal


@dataclass(frozen=True, slots=True)
class Milestones:
    """What is known of one account's way, all of it dates in the account's zone; None has not happened."""

    key: int
    contract: dt.date | None = None
    onboarding_started: dt.date | None = None
    onboarding_closed: dt.date | None = None
    first_call: dt.date | None = None
    first_value: dt.date | None = None
    left: dt.date | None = None


def journey(goal: Goal, known: Milestones) -> Journey | None:
    """Return an account's way to a goal by that goal's own clock, or None where the clock never started."""
    started = known.contract if goal is Goal.FIRST_VALUE else known.onboarding_started
    if started is None:
        return None
    if goal is Goal.ENGAGE:
        days = time_to_engage(onboarding_started=started, first_call=known.first_call)
    elif goal is Goal.ONBOARD:
        days = time_to_onboard(started, known.onboarding_closed)
    else:
        days = time_to_first_value(started, known.first_value)
    reached = None if days is None else started + dt.timedelta(days=days)
    return Journey(known.key, started, reached, known.left)


def burn_down(journeys: Iterable[Journey], *, goal: int, today: dt.date) -> tuple[int, ...]:
    """Return the keys of accounts that have waited longer than the goal and have not arrived, longest first."""
    late = [journey for journey in journeys if journey.pace(goal=goal, today=today) is Pace.LATE]
    return tuple(journey.key for journey in sorted(late, key=lambda journey: (journey.started, journey.key)))


@dataclass(frozen=True, slots=True)
class Step:
    """On this day of waiting so many were still waiting at its start, so many arrived, such a share waits on."""

    day: int
    at_risk: int
    reached: int
    waiting: Fraction


@dataclass(frozen=True, slots=True)
class Curve:
    """Kaplan-Meier curve of waiting: one step a day on which somebody arrived."""

    steps: tuple[Step, ...]

    @property
    def median(self) -> int | None:
        """Return the first day by which half have arrived, or None where the curve never falls so far."""
        return next((step.day for step in self.steps if step.waiting <= Fraction(1, 2)), None)

    def waiting_after(self, day: int) -> Fraction:
        """Return the share that still waits at the end of a day."""
        return next((step.waiting for step in reversed(self.steps) if step.day <= day), Fraction(1))


def kaplan_meier(durations: Sequence[tuple[int, bool]]) -> Curve:
    """
    Return the curve of (days, arrived) pairs; whoever did not arrive leaves the risk set after their days.

    On a day on which some arrive and others leave, the leavers are still at risk, as is usual.
    """
    arrivals = Counter(days for days, arrived in durations if arrived)
    everybody = Counter(days for days, _ in durations)
    at_risk, waiting = len(durations), Fraction(1)
    steps = []
    for day in sorted(everybody):
        if arrivals[day]:
            waiting *= Fraction(at_risk - arrivals[day], at_risk)
            steps.append(Step(day, at_risk, arrivals[day], waiting))
        at_risk -= everybody[day]
    return Curve(tuple(steps))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of those old enough arrived within the goal; `share` is None where nobody is old enough."""

    within: int
    old_enough: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.within, self.old_enough) if self.old_enough else None


def share_within(goal: int, journeys: Iterable[Journey], *, today: dt.date) -> Share:
    """
    Return the share that arrived within the goal, over all whose goal day has passed.

    Those who churned first stay in the denominator: they did not arrive.
    """
    old_enough = [journey for journey in journeys if journey.is_old_enough(goal=goal, today=today)]
    within = sum(journey.pace(goal=goal, today=today) is Pace.WITHIN for journey in old_enough)
    return Share(within, len(old_enough))


@dataclass(frozen=True, slots=True)
class TimeToValue:
    """One figure with everything a page shows of it."""

    curve: Curve
    within_goal: Share
    reached: int
    waiting: int
    left: int

    @property
    def accounts(self) -> int:
        return self.reached + self.waiting + self.left


def time_to_value(journeys: Sequence[Journey], *, goal: int, today: dt.date) -> TimeToValue:
    """Return the figure over accounts whose clock has started; churn before value is censored and told apart."""
    started = [journey for journey in journeys if journey.started <= today]
    outcomes = Counter(journey.outcome(today=today) for journey in started)
    durations = [(journey.days(today=today), journey.outcome(today=today) is Outcome.REACHED) for journey in started]
    return TimeToValue(
        curve=kaplan_meier(durations),
        within_goal=share_within(goal, started, today=today),
        reached=outcomes[Outcome.REACHED],
        waiting=outcomes[Outcome.WAITING],
        left=outcomes[Outcome.LEFT],
    )
