from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.value.rules import (
    GOALS,
    Goal,
    Journey,
    Outcome,
    burn_down,
    first_value_date,
    kaplan_meier,
    share_within,
    time_to_engage,
    time_to_first_value,
    time_to_onboard,
    time_to_value,
)

START = dt.date(2020, 1, 1)


def day(number: int) -> dt.date:
    return START + dt.timedelta(days=number)


def test_onboarding_started_on_1_january_and_first_call_on_12_january_is_11() -> None:
    assert time_to_engage(onboarding_started=dt.date(2020, 1, 1), first_call=dt.date(2020, 1, 12)) == 11


@pytest.mark.parametrize("early", [0, 1, 400])
def test_a_call_on_the_day_or_before_the_start_is_0(early: int) -> None:
    assert time_to_engage(onboarding_started=day(0), first_call=day(-early)) == 0


def test_onboarding_from_15_august_to_18_september_is_34() -> None:
    assert time_to_onboard(dt.date(2020, 8, 15), dt.date(2020, 9, 18)) == 34


def test_first_value_before_the_subscription_is_negative() -> None:
    assert time_to_first_value(day(0), day(30)) == 30
    assert time_to_first_value(day(0), day(-12)) == -12


def test_what_has_not_happened_has_no_time() -> None:
    assert time_to_engage(onboarding_started=START, first_call=None) is None
    assert time_to_onboard(START, None) is None
    assert time_to_first_value(START, None) is None


@pytest.mark.parametrize("ten_percent", [Decimal("0.10"), Fraction(1, 10), 0.1])
def test_first_value_is_the_first_day_of_ten_percent(ten_percent: Decimal | Fraction | float) -> None:
    readings = [(day(9), Decimal("0.5")), (day(2), Decimal("0.0999")), (day(5), ten_percent), (day(3), None)]
    assert first_value_date(readings) == day(5)


def test_falling_back_and_reaching_first_value_again_counts_at_first() -> None:
    assert first_value_date([(day(1), 0.2), (day(2), 0.05), (day(3), 0.3)]) == day(1)


def test_without_enough_utilisation_there_is_no_first_value() -> None:
    assert first_value_date([(day(1), 0.09), (day(2), None)]) is None
    assert first_value_date([]) is None


def test_another_threshold_may_be_asked() -> None:
    assert first_value_date([(day(1), 0.2), (day(2), 0.5)], threshold=Fraction(1, 2)) == day(2)


def test_the_goals_are_14_30_and_45_days() -> None:
    assert dict(GOALS) == {Goal.ENGAGE: 14, Goal.FIRST_VALUE: 30, Goal.ONBOARD: 45}


@pytest.mark.parametrize(("goal", "days"), [(Goal.ENGAGE, 14), (Goal.FIRST_VALUE, 30), (Goal.ONBOARD, 45)])
def test_each_goal_drives_its_burn_down_counter(goal: Goal, days: int) -> None:
    waiting = Journey(1, START)
    assert burn_down([waiting], goal=GOALS[goal], today=day(days)) == ()
    assert burn_down([waiting], goal=GOALS[goal], today=day(days + 1)) == (1,)


def test_the_burn_down_lists_who_waits_too_long_and_nobody_else() -> None:
    journeys = [
        Journey(1, day(10)),
        Journey(2, day(0)),
        Journey(3, day(0), reached=day(90)),
        Journey(4, day(0), left=day(20)),
        Journey(5, day(95)),
        Journey(6, day(0), reached=day(101)),
    ]
    assert burn_down(journeys, goal=14, today=day(100)) == (2, 6, 1)


@pytest.mark.parametrize(
    ("journey", "outcome", "days"),
    [
        (Journey(1, day(0), reached=day(7)), Outcome.REACHED, 7),
        (Journey(1, day(0), reached=day(-7)), Outcome.REACHED, -7),
        (Journey(1, day(0), reached=day(7), left=day(9)), Outcome.REACHED, 7),
        (Journey(1, day(0), reached=day(9), left=day(7)), Outcome.LEFT, 7),
        (Journey(1, day(0), left=day(7)), Outcome.LEFT, 7),
        (Journey(1, day(0), left=day(50)), Outcome.LEFT, 50),
        (Journey(1, day(0), reached=day(50)), Outcome.REACHED, 50),
        (Journey(1, day(0), reached=day(9), left=day(9)), Outcome.REACHED, 9),
        (Journey(1, day(0), left=day(60)), Outcome.WAITING, 50),
        (Journey(1, day(0), reached=day(60)), Outcome.WAITING, 50),
        (Journey(1, day(0)), Outcome.WAITING, 50),
    ],
)
def test_a_journey_stands_as_it_stood_on_the_day(journey: Journey, outcome: Outcome, days: int) -> None:
    assert journey.outcome(today=day(50)) is outcome
    assert journey.days(today=day(50)) == days


def test_the_curve_of_a_textbook_example() -> None:
    # Freireich's 6-MP arm, weeks in remission: 6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+
    arrived = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    curve = kaplan_meier([*((each, True) for each in arrived), *((each, False) for each in censored)])
    waiting = {step.day: round(float(step.waiting), 3) for step in curve.steps}
    assert waiting == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert curve.median == 23
    assert [step.at_risk for step in curve.steps] == [21, 17, 15, 12, 11, 7, 6]


def test_a_curve_that_stays_above_half_has_no_median() -> None:
    curve = kaplan_meier([(5, True), (9, False), (9, False), (9, False)])
    assert curve.median is None
    assert curve.waiting_after(4) == 1
    assert curve.waiting_after(5) == curve.waiting_after(100) == Fraction(3, 4)


def test_the_median_is_reached_at_exactly_half() -> None:
    assert kaplan_meier([(5, True), (9, True)]).median == 5


def test_nobody_has_no_curve() -> None:
    assert kaplan_meier([]).steps == ()
    assert kaplan_meier([]).median is None


durations = st.lists(st.tuples(st.integers(-5, 60), st.booleans()), max_size=40)


@given(durations)
def test_the_curve_falls_from_one_and_never_below_nought(pairs: list[tuple[int, bool]]) -> None:
    shares = [Fraction(1), *(step.waiting for step in kaplan_meier(pairs).steps)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] >= 0
    assert [step.day for step in kaplan_meier(pairs).steps] == sorted({days for days, arrived in pairs if arrived})


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_without_censoring_the_curve_is_the_share_that_waits(days: list[int]) -> None:
    curve = kaplan_meier([(each, True) for each in days])
    for probe in range(62):
        assert curve.waiting_after(probe) == Fraction(sum(each > probe for each in days), len(days))


def test_the_share_within_the_goal_is_over_all_old_enough() -> None:
    journeys = [
        Journey(1, day(0), reached=day(30)),
        Journey(2, day(0), reached=day(31)),
        Journey(3, day(0)),
        Journey(4, day(0), left=day(10)),
        Journey(5, day(70), reached=day(71)),
    ]
    share = share_within(30, journeys, today=day(100))
    assert (share.within, share.old_enough, share.share) == (1, 4, Fraction(1, 4))
    assert share_within(30, journeys[4:], today=day(101)).share == 1


def test_nobody_old_enough_has_no_share() -> None:
    assert share_within(30, [Journey(1, day(0), reached=day(1))], today=day(30)).share is None


def test_churn_before_value_is_censored_and_told_apart() -> None:
    journeys = [
        Journey(1, day(0), reached=day(5)),
        Journey(2, day(0), left=day(3)),
        Journey(3, day(0)),
        Journey(4, day(50)),
    ]
    figure = time_to_value(journeys, goal=30, today=day(40))
    assert (figure.reached, figure.waiting, figure.left) == (1, 1, 1)
    assert figure.curve == kaplan_meier([(5, True), (3, False), (40, False)])
    assert figure.within_goal.share == Fraction(1, 3)


journeys_drawn = st.lists(
    st.builds(
        Journey,
        key=st.integers(1, 99),
        started=st.integers(0, 90).map(day),
        reached=st.none() | st.integers(-5, 120).map(day),
        left=st.none() | st.integers(0, 120).map(day),
    ),
    max_size=20,
)


@given(journeys_drawn, st.integers(0, 100), st.integers(0, 50))
def test_everybody_started_has_arrived_or_waits_or_left(journeys: list[Journey], today: int, goal: int) -> None:
    figure = time_to_value(journeys, goal=goal, today=day(today))
    assert figure.accounts == figure.reached + figure.waiting + figure.left
    assert figure.accounts == sum(each.started <= day(today) for each in journeys)
    assert figure.within_goal.within <= figure.reached
    late = burn_down(journeys, goal=goal, today=day(today))
    assert len(late) + figure.within_goal.within <= figure.within_goal.old_enough
