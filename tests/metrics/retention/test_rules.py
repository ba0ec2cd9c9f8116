"""Retention of cohorts, and the periods it is asked for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.facts.rules import (
    Quarter,
    fiscal_quarter,
    last_closed_month_end,
    month_end,
    month_ends,
    months_before,
)
from metrics.retention.rules.cohorts import Holding, Sums, ratios, retention, retention_by, roll_up


def held(before: str, after: str, key: int = 1) -> Holding:
    return Holding(key, Decimal(before), Decimal(after))


X = held("50", "100", 1)
Y = held("125", "100", 2)


def test_x_and_y_together_keep_85_7_percent_gross_and_114_3_percent_net() -> None:
    both = retention([X, Y])
    assert (both.before, both.kept, both.after) == (Decimal(175), Decimal(150), Decimal(200))
    assert both.gross == Decimal(150) / 175
    assert both.net == Decimal(200) / 175
    assert f"{both.gross:.1%} {both.net:.1%}" == "85.7% 114.3%"


def test_x_alone_keeps_100_percent_gross_and_200_percent_net() -> None:
    assert (retention([X]).gross, retention([X]).net) == (Decimal(1), Decimal(2))


def test_y_alone_keeps_80_percent_both_ways() -> None:
    assert (retention([Y]).gross, retention([Y]).net) == (Decimal("0.8"), Decimal("0.8"))


def test_percentages_are_never_averaged() -> None:
    assert retention([X, Y]).gross != (Decimal(1) + Decimal("0.8")) / 2


def test_a_customer_of_less_than_a_year_is_in_neither_sum() -> None:
    assert retention([X, Y, held("0", "9999", 3)]) == retention([X, Y])


def test_a_churned_customer_is_in_the_denominator_with_nothing() -> None:
    result = retention([X, held("50", "0", 3)])
    assert (result.gross, result.net) == (Decimal("0.5"), Decimal(1))
    assert (result.logos, result.logos_lost, result.logo_churn) == (2, 1, Decimal("0.5"))


@pytest.mark.parametrize(("lost", "kept"), [(0, 3), (1, 3), (3, 1), (2, 0)])
def test_logo_churn_counts_those_who_pay_nothing_any_more(lost: int, kept: int) -> None:
    gone = [held("10", "0", key) for key in range(lost)]
    stayed = [held("10", "1", 100 + key) for key in range(kept)]

    result = retention([*gone, *stayed])

    assert (result.logos, result.logos_lost) == (lost + kept, lost)
    assert result.logo_churn == Decimal(lost) / (lost + kept)


def test_a_cohort_of_nobody_adds_up_to_nothing() -> None:
    nobody = ratios(Sums())

    assert {nobody.before, nobody.kept, nobody.after} == {Decimal(0)}
    assert (nobody.logos, nobody.logos_lost) == (0, 0)
    assert (nobody.gross, nobody.net, nobody.logo_churn) == (None, None, None)
    assert nobody == retention([])


@pytest.mark.parametrize(
    ("before", "after", "gross", "net"),
    [
        ("100", "120", "1", "1.2"),  # up to 150 and down again: point to point
        ("100", "80", "0.8", "0.8"),  # gone and come back
        ("100", "100", "1", "1"),
        ("100", "0", "0", "0"),
    ],
)
def test_retention_is_point_to_point(before: str, after: str, gross: str, net: str) -> None:
    result = retention([held(before, after)])
    assert (result.gross, result.net) == (Decimal(gross), Decimal(net))


def test_an_empty_cohort_has_no_ratio() -> None:
    result = retention([held("0", "10")])
    assert (result.gross, result.net, result.logo_churn, result.logos) == (None, None, None, 0)


def test_negative_amounts_are_left_out_and_told() -> None:
    result = retention([X, held("-5", "10", 3), held("10", "-5", 4)])
    assert result.data_errors == (3, 4)
    assert (result.before, result.after, result.logos) == (Decimal(50), Decimal(100), 1)


def test_a_consolidation_counts_as_kept_one_level_up() -> None:
    subscriptions = [held("40", "0", 1), held("60", "0", 2), held("0", "110", 3)]
    assert retention(subscriptions).gross == 0
    (account,) = roll_up(subscriptions, {1: 7, 2: 7, 3: 7})
    assert account == held("100", "110", 7)
    assert retention([account]).net == Decimal("1.1")


def test_retention_is_told_by_group() -> None:
    by_segment = retention_by([X, Y], {1: "scale", 2: "tech_touch"})
    assert by_segment["scale"] == retention([X])
    assert by_segment["tech_touch"] == retention([Y])


amounts = st.decimals(0, 10**9, places=4)
cohorts = st.lists(st.tuples(amounts, amounts), max_size=12).map(
    lambda pairs: [Holding(key, before, after) for key, (before, after) in enumerate(pairs)]
)


@given(cohorts)
def test_net_less_gross_is_what_was_gained(holdings: list[Holding]) -> None:
    result = retention(holdings)
    gained = sum((max(each.after - each.before, Decimal(0)) for each in holdings if each.before > 0), Decimal(0))
    assert result.after - result.kept == gained
    if result.gross is not None and result.net is not None:
        assert float(result.net - result.gross) == pytest.approx(float(gained / result.before))


@given(cohorts)
def test_gross_is_between_nought_and_one_and_never_above_net(holdings: list[Holding]) -> None:
    result = retention(holdings)
    if result.gross is not None and result.net is not None and result.logo_churn is not None:
        assert 0 <= result.gross <= 1
        assert result.gross <= result.net
        assert 0 <= result.logo_churn <= 1


@given(cohorts, st.data())
def test_gross_and_net_never_fall_from_level_to_level(holdings: list[Holding], data: st.DataObject) -> None:
    accounts = {each.key: data.draw(st.integers(0, 4)) for each in holdings}
    parents = {account: data.draw(st.integers(0, 2)) for account in range(5)}
    by_account = roll_up(holdings, accounts)
    levels = [retention(each) for each in (holdings, by_account, roll_up(by_account, parents))]
    for lower, upper in pairwise(levels):
        if lower.before:
            assert Fraction(lower.kept) / Fraction(lower.before) <= Fraction(upper.kept) / Fraction(upper.before)
            assert Fraction(lower.after) / Fraction(lower.before) <= Fraction(upper.after) / Fraction(upper.before)


@given(cohorts)
def test_the_order_of_customers_does_not_matter(holdings: list[Holding]) -> None:
    assert retention(list(reversed(holdings))) == retention(holdings)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-02-29", 12, "2023-02-28"),
        ("2025-02-28", 12, "2024-02-29"),
        ("2026-01-31", 12, "2025-01-31"),
        ("2026-04-30", 1, "2026-03-31"),
        ("2026-03-30", 1, "2026-02-28"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2026-12-15", -1, "2027-01-15"),
    ],
)
def test_a_month_earlier_keeps_the_end_of_the_month(day: str, months: int, expected: str) -> None:
    assert months_before(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(expected)


def test_the_running_month_is_not_reported() -> None:
    assert last_closed_month_end(dt.date(2026, 3, 31)) == dt.date(2026, 2, 28)
    assert last_closed_month_end(dt.date(2026, 4, 1)) == dt.date(2026, 3, 31)


def test_month_ends_run_from_first_to_last() -> None:
    ends = month_ends(dt.date(2025, 12, 5), dt.date(2026, 3, 1))
    assert [end.isoformat() for end in ends] == ["2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31"]
    assert month_ends(dt.date(2026, 3, 1), dt.date(2026, 2, 1)) == []


@pytest.mark.parametrize(
    ("day", "starts_in", "label", "first", "last"),
    [
        ("2026-02-01", 2, "FY27-Q1", "2026-02-01", "2026-04-30"),
        ("2026-01-31", 2, "FY26-Q4", "2025-11-01", "2026-01-31"),
        ("2026-07-31", 2, "FY27-Q2", "2026-05-01", "2026-07-31"),
        ("2026-03-31", 1, "FY26-Q1", "2026-01-01", "2026-03-31"),
        ("2026-12-31", 1, "FY26-Q4", "2026-10-01", "2026-12-31"),
        ("2026-06-30", 7, "FY26-Q4", "2026-04-01", "2026-06-30"),
    ],
)
def test_a_day_is_in_its_fiscal_quarter(day: str, starts_in: int, label: str, first: str, last: str) -> None:
    quarter = fiscal_quarter(dt.date.fromisoformat(day), starts_in=starts_in)
    assert quarter.label == label
    assert (quarter.first_day.isoformat(), quarter.last_day.isoformat()) == (first, last)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)), st.integers(1, 12))
def test_a_quarter_holds_its_days_and_the_next_begins_after(day: dt.date, starts_in: int) -> None:
    quarter = fiscal_quarter(day, starts_in=starts_in)
    assert quarter.first_day <= day <= quarter.last_day == month_end(quarter.last_day)
    following = fiscal_quarter(quarter.last_day + dt.timedelta(days=1), starts_in=starts_in)
    assert following.first_day == quarter.last_day + dt.timedelta(days=1)
    assert following > quarter


def test_quarters_are_in_order_of_time() -> None:
    assert Quarter(2026, 4) < Quarter(2027, 1) < Quarter(2027, 2)
