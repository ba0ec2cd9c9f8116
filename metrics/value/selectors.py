"""How long accounts wait for what they bought: each one's way to value, and the figures of a population."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields.ranges import RangeEndsWith
from django.db.models import DateField, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.contracts.models import Line
from accounts.timeline.models import Entry
from accounts.timeline.selectors import ACTIVITY
from metrics.population.rules import Reach
from metrics.population.selectors import Period, Population, reach_in
from metrics.value.models import Kind, Milestone
from metrics.value.rules import (
    GOALS,
    Goal,
    Journey,
    Milestones,
    Outcome,
    TimeToValue,
    burn_down,
    journey,
    time_to_value,
)


@dataclass(frozen=True, slots=True)
class Range:
    """Clocks that started from the first day to the last, both included."""

    first: dt.date
    last: dt.date

    def holds(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


def milestones(population: Population, *, account_ids: Sequence[int] | None = None) -> list[Milestones]:
    """
    Return what is known of each account's way to value; one query.

    The first call or meeting is dated in the account's zone. An account has left on the day after its last contract
    line, as believed now, was in force.
    """
    accounts = population.accounts()
    if account_ids is not None:
        accounts = accounts.filter(pk__in=account_ids)
    rows = accounts.annotate(
        started=_reached(Kind.ONBOARDING_STARTED),
        closed=_reached(Kind.ONBOARDING_CLOSED),
        value=_reached(Kind.FIRST_VALUE),
        call=Subquery(_activity().values("occurred_at")[:1]),
        ended=Subquery(_last_day()),
    ).values_list("pk", "zone", "contract_date", "started", "closed", "call", "value", "ended")
    return [
        Milestones(pk, contract, started, closed, _local(call, zone), value, None if ended == dt.date.max else ended)
        for pk, zone, contract, started, closed, call, value, ended in rows.order_by("pk")
    ]


def journeys(known: Iterable[Milestones], goal: Goal, *, within: Range | None = None) -> list[Journey]:
    """Return the ways to a goal of those whose clock started within the range, or ever."""
    begun = (found for each in known if (found := journey(goal, each)) is not None)
    return [each for each in begun if within is None or within.holds(each.started)]


def standing_milestones(account_id: int) -> list[Milestone]:
    """Return what an account reached, first things first; what was taken back and what is a subscription's is not."""
    standing = Milestone.objects.filter(account=account_id, subscription=None, withdrawn_at=None)
    return list(standing.order_by("reached_date", "pk"))


def _reached(kind: Kind) -> Subquery:
    standing = Milestone.objects.filter(account=OuterRef("pk"), subscription=None, kind=kind, withdrawn_at=None)
    return Subquery(standing.values("reached_date")[:1])


def _activity() -> QuerySet[Entry]:
    return Entry.objects.filter(account=OuterRef("pk"), kind__in=ACTIVITY).order_by("occurred_at")


# Return when the account's last line ended; the end of time where one has no end.
def _last_day() -> QuerySet[Line, Any]:
    held = Line.objects.filter(subscription__account=OuterRef("pk"), known__upper_inf=True).order_by()
    end = Coalesce(RangeEndsWith("valid"), Value(dt.date.max), output_field=DateField())
    return held.values("subscription__account").annotate(end=Max(end)).values("end")


def _local(moment: dt.datetime | None, zone: str) -> dt.date | None:
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True)
class GoalFigures:
    """One goal of those whose clock started in the range: the figure, month by month, split, and the rows behind."""

    goal: Goal
    ways: tuple[Journey, ...]
    figure: TimeToValue
    months: Mapping[dt.date, TimeToValue]
    reaches: Mapping[int, Reach]
    split: Mapping[Reach, TimeToValue]
    late: tuple[int, ...]


def value_figures(
    population: Population, goals: Collection[Goal], *, within: Range, today: dt.date
) -> dict[Goal, GoalFigures]:
    """Return these goals' figures; three queries, however many goals."""
    known = milestones(population)
    ways = {goal: journeys(known, goal, within=within) for goal in goals}
    reaches = reaches_of(ways, today=today)
    return {
        goal: GoalFigures(
            goal=goal,
            ways=tuple(members),
            figure=figure(members, goal, today=today),
            months=by_month(members, goal, today=today),
            reaches=reaches[goal],
            split=by_reach(members, reaches[goal], goal, today=today),
            late=late(members, goal, today=today),
        )
        for goal, members in ways.items()
    }


def figure(ways: Sequence[Journey], goal: Goal, *, today: dt.date) -> TimeToValue:
    return time_to_value(ways, goal=GOALS[goal], today=today)


def late(ways: Sequence[Journey], goal: Goal, *, today: dt.date) -> tuple[int, ...]:
    """Return the accounts that have waited longer than the goal and have not arrived, longest first."""
    return burn_down(ways, goal=GOALS[goal], today=today)


def by_month(ways: Sequence[Journey], goal: Goal, *, today: dt.date) -> dict[dt.date, TimeToValue]:
    """Return the figure of each month's beginners, by the first day of the month, oldest first."""
    groups: dict[dt.date, list[Journey]] = {}
    for each in sorted(ways, key=lambda way: way.started):
        groups.setdefault(each.started.replace(day=1), []).append(each)
    return {month: figure(members, goal, today=today) for month, members in groups.items()}


def reaches_of(ways: Mapping[Goal, Sequence[Journey]], *, today: dt.date) -> dict[Goal, dict[int, Reach]]:
    """
    Return how far programs got to each account while its clock ran: from start to arrival, churn or today; one query.

    It says what went together, not what brought about what: who waits longer is also written to more often.
    """
    listed = [(goal, way) for goal, members in ways.items() for way in members]
    reaches = reach_in([Period(way.key, way.started, _stop(way, today)) for _, way in listed])
    found: dict[Goal, dict[int, Reach]] = {goal: {} for goal in ways}
    for (goal, way), reach in zip(listed, reaches, strict=True):
        found[goal][way.key] = reach
    return found


def by_reach(
    ways: Sequence[Journey], reaches: Mapping[int, Reach], goal: Goal, *, today: dt.date
) -> dict[Reach, TimeToValue]:
    """Return the figure of those not reached, delivered to and clicked by; every group has an entry."""
    groups: dict[Reach, list[Journey]] = {reach: [] for reach in Reach}
    for way in ways:
        groups[reaches[way.key]].append(way)
    return {reach: figure(members, goal, today=today) for reach, members in groups.items()}


def _stop(way: Journey, today: dt.date) -> dt.date:
    outcome = way.outcome(today=today)
    if outcome is Outcome.REACHED and way.reached is not None:
        return way.reached
    return way.left if outcome is Outcome.LEFT and way.left is not None else today
