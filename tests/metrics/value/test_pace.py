"""An account's way held against its goal, and the way itself by each goal's own clock."""

from __future__ import annotations

import datetime as dt

import pytest

from metrics.value.rules import Goal, Journey, Milestones, Pace, journey

START = dt.date(2026, 1, 1)
GOAL = 30


def after(days: int) -> dt.date:
    return START + dt.timedelta(days=days)


@pytest.mark.parametrize(
    ("reached", "left", "today", "pace"),
    [
        (30, None, 90, Pace.WITHIN),
        (31, None, 90, Pace.OVER),
        (-5, None, 90, Pace.WITHIN),
        (None, None, 30, Pace.OPEN),
        (None, None, 31, Pace.LATE),
        (None, 10, 90, Pace.LEFT),
        (40, None, 35, Pace.LATE),  # what happens later is not known yet
        (20, 10, 90, Pace.LEFT),
    ],
)
def test_a_way_has_its_pace(reached: int | None, left: int | None, today: int, pace: Pace) -> None:
    way = Journey(1, START, None if reached is None else after(reached), None if left is None else after(left))

    assert way.pace(goal=GOAL, today=after(today)) is pace


@pytest.mark.parametrize(("today", "is_old"), [(30, False), (31, True)])
def test_a_way_counts_once_its_goal_day_has_passed(today: int, is_old: bool) -> None:
    assert Journey(1, START).is_old_enough(goal=GOAL, today=after(today)) is is_old


def test_each_goal_has_its_own_clock() -> None:
    known = Milestones(
        7, contract=START, onboarding_started=after(5), onboarding_closed=after(50), first_call=after(2),
        first_value=after(12), left=after(90),
    )  # fmt: skip

    assert {goal: journey(goal, known) for goal in Goal} == {
        Goal.ENGAGE: Journey(7, after(5), after(5), after(90)),  # a call before the start is nought days
        Goal.FIRST_VALUE: Journey(7, START, after(12), after(90)),
        Goal.ONBOARD: Journey(7, after(5), after(50), after(90)),
    }


def test_a_clock_that_never_started_is_no_way() -> None:
    assert [journey(goal, Milestones(7, first_call=START)) for goal in Goal] == [None] * 3
