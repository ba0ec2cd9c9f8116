"""Time-to-Value of a population: the figure, month by month, and split by how far programs got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from metrics.population.rules import Reach
from metrics.population.selectors import Period, Population, reach_in
from metrics.value.rules import GOALS, Goal, Journey, Outcome, TimeToValue, burn_down, time_to_value
from metrics.value.selectors.journeys import Range, journeys, milestones


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
