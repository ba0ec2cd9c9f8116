"""Which months are reported, and what a renewal lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from metrics.facts.rules import closed_month_ends, months_back
from metrics.retention.rules.changes import NOTHING, ArrChange, Bridge, LineState, bridge, change_of_amount
from metrics.retention.rules.reasons import lost_amount


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("first", "last", "today", "ends"),
    [
        ("2026-01-15", "2026-03-31", "2026-04-01", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("2026-01-15", "2026-03-30", "2026-04-01", ["2026-01-31", "2026-02-28"]),
        ("2026-01-15", "2026-03-31", "2026-03-31", ["2026-01-31", "2026-02-28"]),  # the running month
        ("2026-03-05", "2026-03-20", "2026-04-01", ["2026-02-28"]),  # none is over within: the last before
        ("2026-03-05", "2027-03-20", "2026-04-01", ["2026-03-31"]),  # the future holds no figures
    ],
)
def test_only_months_that_are_over_are_reported(first: str, last: str, today: str, ends: list[str]) -> None:
    found = closed_month_ends(day(first), day(last), today=day(today))

    assert [end.isoformat() for end in found] == ends


@pytest.mark.parametrize(
    ("count", "last", "first"),
    [(12, "2026-11-21", "2025-11-01"), (12, "2026-10-31", "2025-11-01"), (1, "2026-11-01", "2026-10-01")],
)
def test_so_many_months_end_with_the_last_that_is_over(count: int, last: str, first: str) -> None:
    assert months_back(count, day(last)) == day(first)


@pytest.mark.parametrize(
    ("available", "amount", "lost"),
    [(1_000, 0, 1_000), (1_000, 700, 300), (1_000, 1_200, 0), (0, -500, 500), (0, 500, 500), (0, 0, 0)],
)
def test_a_renewal_lost_what_there_was_less_what_was_renewed(available: int, amount: int, lost: int) -> None:
    assert lost_amount(available=Decimal(available), amount=Decimal(amount)) == lost


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (0, 5, ArrChange.NEW),
        (5, 0, ArrChange.CHURN),
        (5, 4, ArrChange.CONTRACTION),
        (5, 6, ArrChange.EXPANSION),
        (5, 5, ArrChange.NO_IMPACT),
    ],
)
def test_a_change_of_amount_has_its_kind(old: int, new: int, kind: ArrChange) -> None:
    assert change_of_amount(Decimal(old), Decimal(new)) is kind


def test_adding_nothing_to_a_bridge_changes_nothing() -> None:
    parts = Bridge(seat=Decimal(1), churn=Decimal(-3))

    assert parts + NOTHING == NOTHING + parts == parts


def test_the_dust_of_a_conversion_is_no_change_of_price() -> None:
    def held(seats: int) -> LineState:
        return LineState(frozenset({"Premium"}), 2, seats, Decimal("301.37") * seats * Decimal("1.08123457"))

    before, after = held(7), held(9)

    assert bridge(before, after) == Bridge(seat=after.arr - before.arr)
