"""Why money came and went: the reason of one change, the bridge of its parts, the shares of many."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.retention.rules.changes import (
    NOTHING,
    ArrChange,
    Bridge,
    ChangeType,
    LineState,
    PlanChange,
    ReasonOfChange,
    SeatChange,
    arr_change,
    bridge,
    change_reason,
    change_type,
    plan_change,
    product_rank,
    seat_change,
    total,
)
from metrics.retention.rules.reasons import (
    BadSplit,
    Change,
    Loss,
    check_split,
    display_name,
    loss_shares,
    reason_shares,
    shown_percentages,
)


def line(seats: int, arr: int | str, *products: str, is_seat_based: bool = True) -> LineState:
    names = frozenset(products or ("Premium",))
    rank = max(product_rank(name) for name in names)
    return LineState(names, rank, seats, Decimal(arr), is_seat_based)


PREMIUM = line(100, 22_800)
GONE = line(0, 0)


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("SaaS - Ultimate", 3),
        ("Gold", 3),
        ("GitLab PREMIUM - 1 Year", 2),
        ("Silver", 2),
        ("Starter", 1),
        ("Bronze", 1),
        ("Duo Pro", 0),
        ("", 0),
    ],
)
def test_a_product_has_the_rank_of_its_tier(name: str, rank: int) -> None:
    assert product_rank(name) == rank


@pytest.mark.parametrize(
    ("after", "kind", "reason"),
    [
        (GONE, "Cancelled", "Cancelled"),
        (line(120, 142_560, "Ultimate"), "Upgraded", "Product Change/Seat Change Mix"),
        (line(80, 18_240), "Downgraded", "Seat Change"),
        (line(120, 27_360), "Upgraded", "Seat Change"),
        (line(120, 26_000), "Upgraded", "Seat Change"),  # cheaper per seat
        (line(120, 30_000), "Upgraded", "Price Change/Seat Change Mix"),
        (line(80, 15_000), "Downgraded", "Price Change/Seat Change Mix"),
        (line(80, 20_000), "Downgraded", "Seat Change"),  # dearer per seat
        (line(100, 20_000), "Downgraded", "Price Change"),
        (line(100, 25_000), "Upgraded", "Price Change"),
        (line(120, 20_000), "Downgraded", "Price Change"),  # money against the seats
        (line(80, 25_000), "Upgraded", "Price Change"),
        (line(100, 20_000, "Ultimate"), "Downgraded", "Price Change"),  # money against the rank
        (line(100, 25_000, "Starter"), "Upgraded", "Price Change"),
        (line(100, 118_800, "Ultimate"), "Upgraded", "Product Change"),
        (line(100, 5_000, "Starter"), "Downgraded", "Product Change"),
        (line(90, 5_000, "Starter"), "Downgraded", "Product Change/Seat Change Mix"),
        (line(100, 30_000, "Premium", "Duo Pro"), "Upgraded", "Product Change"),
        (line(100, 22_800, "Silver"), "Maintained", "Product Change"),
        (PREMIUM, "Maintained", "Maintained"),
        (line(90, 22_800), "Maintained", "Maintained"),
    ],
)
def test_a_change_has_the_type_and_the_first_reason_that_fits(after: LineState, kind: str, reason: str) -> None:
    assert change_type(PREMIUM, after) == ChangeType(kind)
    assert change_reason(PREMIUM, after) == ReasonOfChange(reason)


def test_a_change_between_unnamed_products_is_unknown() -> None:
    unnamed = LineState(frozenset(), 0, 50, Decimal(9_000))
    assert change_reason(PREMIUM, unnamed) is ReasonOfChange.UNKNOWN
    assert change_reason(unnamed, LineState(frozenset(), 0, 60, Decimal(9_500))) is ReasonOfChange.UNKNOWN


def test_nothing_that_stays_nothing_was_not_cancelled() -> None:
    assert change_type(GONE, GONE) is ChangeType.MAINTAINED
    assert change_reason(GONE, GONE) is ReasonOfChange.MAINTAINED


def test_a_line_without_seats_is_no_division_by_nought() -> None:
    storage = line(0, 1_000, "Storage")
    assert change_reason(storage, line(0, 1_200, "Storage")) is ReasonOfChange.PRICE
    assert change_reason(storage, line(5, 1_200, "Storage")) is ReasonOfChange.SEATS
    assert bridge(storage, line(5, 1_200, "Storage")) == Bridge(price=Decimal(200))


@pytest.mark.parametrize(
    ("after", "plan", "seats"),
    [
        (GONE, PlanChange.CANCELLED, SeatChange.CANCELLED),
        (line(100, 9, "Duo Pro"), PlanChange.NOT_VALID, SeatChange.MAINTAINED),
        (line(110, 9), PlanChange.MAINTAINED, SeatChange.EXPANSION),
        (line(90, 9, "Ultimate"), PlanChange.UPGRADED, SeatChange.CONTRACTION),
        (line(90, 9, "Bronze"), PlanChange.DOWNGRADED, SeatChange.CONTRACTION),
        (line(90, 9, is_seat_based=False), PlanChange.MAINTAINED, SeatChange.NOT_VALID),
    ],
)
def test_plan_and_seats_change_each_in_their_way(after: LineState, plan: PlanChange, seats: SeatChange) -> None:
    assert plan_change(PREMIUM, after) is plan
    assert seat_change(PREMIUM, after) is seats


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (line(100, 19_200), line(80, 15_360), Bridge(seat=Decimal(-3_840))),
        (PREMIUM, line(120, 142_560, "Ultimate"), Bridge(seat=Decimal(4_560), tier=Decimal(115_200))),
        (PREMIUM, GONE, Bridge(churn=Decimal(-22_800))),
        (PREMIUM, None, Bridge(churn=Decimal(-22_800))),
        (PREMIUM, line(100, 20_000), Bridge(price=Decimal(-2_800))),
        (None, PREMIUM, Bridge(new=Decimal(22_800))),
        (GONE, PREMIUM, Bridge(new=Decimal(22_800))),
        (PREMIUM, line(100, 30_000, "Silver"), Bridge(price=Decimal(7_200))),
        (None, None, NOTHING),
    ],
)
def test_the_parts_of_a_change_are_seat_price_and_tier(
    before: LineState | None, after: LineState | None, expected: Bridge
) -> None:
    assert bridge(before, after) == expected


def test_premium_to_ultimate_totals_119_760() -> None:
    assert bridge(PREMIUM, line(120, 142_560, "Ultimate")).total == 119_760


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, PREMIUM, ArrChange.NEW),
        (PREMIUM, None, ArrChange.CHURN),
        (PREMIUM, GONE, ArrChange.CHURN),
        (PREMIUM, line(80, 9), ArrChange.CONTRACTION),
        (PREMIUM, line(80, 99_999), ArrChange.EXPANSION),
        (PREMIUM, PREMIUM, ArrChange.NO_IMPACT),
        (None, GONE, ArrChange.NO_IMPACT),
    ],
)
def test_a_change_of_arr_has_its_kind(before: LineState | None, after: LineState | None, kind: ArrChange) -> None:
    assert arr_change(before, after) is kind


money = st.decimals(0, 10**12, places=4)
states = st.none() | st.builds(
    LineState,
    product_names=st.frozensets(st.sampled_from(["Premium", "Ultimate", "Duo Pro"])),
    rank=st.integers(0, 3),
    seats=st.integers(0, 10_000),
    arr=st.just(Decimal(0)) | money,
)


@given(st.lists(st.tuples(states, states), max_size=20))
def test_beginning_and_parts_make_the_ending_exactly(pairs: list[tuple[LineState | None, LineState | None]]) -> None:
    beginning = sum((before.arr for before, _ in pairs if before), Decimal(0))
    ending = sum((after.arr for _, after in pairs if after), Decimal(0))
    assert beginning + total(bridge(before, after) for before, after in pairs).total == ending


@given(states, states)
def test_new_and_churned_money_has_no_other_part(before: LineState | None, after: LineState | None) -> None:
    parts, kind = bridge(before, after), arr_change(before, after)
    if kind in (ArrChange.NEW, ArrChange.CHURN):
        assert parts.seat == parts.price == parts.tier == 0
        assert parts.new + parts.churn == parts.total
    else:
        assert parts.new == parts.churn == 0


def test_reasons_are_weighted_by_money() -> None:
    changes = [
        Change.between(1, PREMIUM, GONE),
        Change.between(2, PREMIUM, line(80, 18_240)),
        Change.between(3, PREMIUM, line(100, 20_000)),
        Change.between(4, PREMIUM, line(120, 27_360)),
        Change.between(5, PREMIUM, line(120, 142_560, "Ultimate")),
        Change.between(6, PREMIUM, PREMIUM),
    ]
    shares = reason_shares(changes)
    lost, gained = 22_800 + 4_560 + 2_800, 4_560 + 119_760
    assert [(each.label, each.amount, each.share, each.keys) for each in shares.churn] == [
        ("Cancellation", Fraction(22_800), Fraction(22_800, lost), (1,)),
        ("Downgrades", Fraction(7_360), Fraction(7_360, lost), (2, 3)),
    ]
    assert [(each.label, each.share) for each in shares.expansion] == [
        ("Product Change/Seat Change Mix", Fraction(119_760, gained)),
        ("Seat Expansion", Fraction(4_560, gained)),
    ]


def test_true_ups_belong_to_neither_side() -> None:
    seat = Change(1, ReasonOfChange.SEATS, Decimal(100))
    true_up = Change(2, ReasonOfChange.SEATS, Decimal(900), is_true_up=True)
    assert reason_shares([seat, true_up]) == reason_shares([seat])
    assert reason_shares([true_up]).expansion == ()


@pytest.mark.parametrize(
    ("reason", "expansion"),
    [
        (ReasonOfChange.SEATS, "Seat Expansion"),
        (ReasonOfChange.PRODUCT, "Product Change"),
        (ReasonOfChange.PRODUCT_AND_SEATS, "Product Change/Seat Change Mix"),
        (ReasonOfChange.PRICE, "Discount/Price Change"),
        (ReasonOfChange.PRICE_AND_SEATS, "Price Change/Seat Change Mix"),
        (ReasonOfChange.UNKNOWN, "Unknown"),
    ],
)
def test_reasons_bear_the_handbooks_names(reason: ReasonOfChange, expansion: str) -> None:
    assert display_name(reason, is_loss=False) == expansion
    assert display_name(reason, is_loss=True) == "Downgrades"


def test_a_cancelled_line_bears_the_name_cancellation() -> None:
    assert display_name(ReasonOfChange.CANCELLED, is_loss=True) == "Cancellation"


changes_drawn = st.lists(
    st.builds(
        Change,
        key=st.integers(1, 99),
        reason=st.sampled_from(ReasonOfChange),
        amount=st.decimals(-(10**9), 10**9, places=4),
        is_true_up=st.booleans(),
    ),
    max_size=30,
)


@given(changes_drawn)
def test_each_side_totals_exactly_one_and_loses_no_money(changes: list[Change]) -> None:
    shares = reason_shares(changes)
    counted = [change.amount for change in changes if not change.is_true_up]
    for side, sign in ((shares.churn, -1), (shares.expansion, 1)):
        assert sum(each.share for each in side) == (1 if side else 0)
        money_of_side = sum((amount for amount in counted if amount * sign > 0), Decimal(0))
        assert sum(each.amount for each in side) == abs(Fraction(money_of_side))


@given(changes_drawn, st.integers(0, 3))
def test_what_is_shown_totals_100_and_is_off_by_less_than_a_digit(changes: list[Change], decimals: int) -> None:
    for side in (reason_shares(changes).churn, reason_shares(changes).expansion):
        shown = shown_percentages(side, decimals=decimals)
        assert sum(shown) == (100 if side else 0)
        for percentage, each in zip(shown, side, strict=True):
            assert abs(Fraction(percentage) - 100 * each.share) < Fraction(1, 10**decimals)


def test_three_thirds_are_shown_as_100_percent() -> None:
    thirds = loss_shares([Loss(key, Decimal(10), ((f"Reason {key}", Decimal(1)),)) for key in (1, 2, 3)])
    assert shown_percentages(thirds) == (Decimal("33.4"), Decimal("33.3"), Decimal("33.3"))


def test_loss_reasons_are_weighted_by_money_and_split() -> None:
    losses = [
        Loss(1, Decimal(1_000), (("Loss of Budget", Decimal("0.6")), ("Product Value / Gaps", Decimal("0.4")))),
        Loss(2, Decimal(3_000)),
        Loss(3, Decimal(600), (("Product Value / Gaps", Decimal(1)),)),
        Loss(4, Decimal(0), (("Merged Opp", Decimal(1)),)),
    ]
    assert [(each.label, each.amount, each.keys) for each in loss_shares(losses)] == [
        ("Unknown", Fraction(3_000), (2,)),
        ("Product Value / Gaps", Fraction(1_000), (1, 3)),
        ("Loss of Budget", Fraction(600), (1,)),
    ]
    assert sum(each.share for each in loss_shares(losses)) == 1


def test_rounded_thirds_account_for_the_whole_loss() -> None:
    third = Decimal("0.333333")
    (loss,) = [Loss(1, Decimal(100), (("A", third), ("B", third), ("C", third)))]
    assert [each.amount for each in loss_shares([loss])] == [Fraction(100, 3)] * 3


@pytest.mark.parametrize(
    ("split", "problem"),
    [
        ([("A", Decimal("0.5")), ("B", Decimal("0.4"))], "total 90.0 %"),
        ([("A", Decimal("1.1"))], "total 110.0 %"),
        ([("A", Decimal(1)), ("B", Decimal(0))], "share of B"),
        ([("A", Decimal("0.5")), ("A", Decimal("0.5"))], "twice"),
    ],
)
def test_a_split_that_is_none_is_refused(split: list[tuple[str, Decimal]], problem: str) -> None:
    with pytest.raises(BadSplit, match=problem):
        check_split(split)


def test_a_whole_split_and_no_split_are_fine() -> None:
    check_split([("A", Decimal("0.25")), ("B", Decimal("0.75"))])
    check_split([])
