from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.contracts.rules import (
    APPROVAL,
    ORDER_TYPE_LABELS,
    SALES_STAGES,
    LossGroup,
    OrderType,
    churn_or_contraction,
    convert,
    in_force,
    in_renewal_window,
    loss_group,
    may_leave_stage,
    mrr,
    renewal_window,
)

RENEWAL = dt.date(2026, 6, 1)
days = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))


def test_a_line_is_in_force_from_its_first_day_up_to_its_end() -> None:
    first, end = dt.date(2025, 1, 1), dt.date(2026, 1, 1)
    assert in_force(first, end, first)
    assert in_force(first, end, dt.date(2025, 12, 31))
    assert not in_force(first, end, end)
    assert not in_force(first, end, dt.date(2024, 12, 31))
    assert in_force(first, None, dt.date(2099, 1, 1))


@given(days, days, days, days)
def test_two_lines_that_meet_never_overlap_or_leave_a_gap(a: dt.date, b: dt.date, c: dt.date, day: dt.date) -> None:
    first, middle, last = sorted((a, b, c))
    inside = in_force(first, middle, day) + in_force(middle, last, day)
    assert inside == in_force(first, last, day)


@pytest.mark.parametrize(("before", "inside"), [(126, False), (125, True), (120, True), (115, True), (114, False)])
def test_about_120_days_before_renewal_is_a_window(before: int, inside: bool) -> None:
    day = RENEWAL - dt.timedelta(days=before)
    assert in_renewal_window(RENEWAL, day, earliest=-125, latest=-115) is inside


def test_a_window_may_lie_after_the_renewal() -> None:
    assert renewal_window(RENEWAL, earliest=3, latest=5) == (dt.date(2026, 6, 4), dt.date(2026, 6, 6))


def test_a_window_that_ends_before_it_begins_is_an_error() -> None:
    with pytest.raises(ValueError, match="ends before"):
        renewal_window(RENEWAL, earliest=-115, latest=-125)


@given(st.decimals(-(10**14), 10**14, places=4), st.decimals(0, 10**10, places=8))
def test_conversion_is_not_rounded(amount: Decimal, rate: Decimal) -> None:
    assert Fraction(convert(amount, rate)) == Fraction(amount) * Fraction(rate)


@given(st.decimals(0, 10**14, places=4))
def test_mrr_is_a_twelfth_of_arr(arr: Decimal) -> None:
    assert abs(Fraction(mrr(arr)) * 12 - Fraction(arr)) < Fraction(1, 10**40)
    assert mrr(Decimal(1200)) == 100


GUARDED = {"4-Proposal", "5-Negotiating", "6-Awaiting Signature", "7-Closing", "Closed Won", APPROVAL}


@pytest.mark.parametrize(
    ("order_type", "is_web_portal", "stage", "has_admin"),
    list(product(OrderType, (False, True), (*SALES_STAGES, APPROVAL), (False, True))),
)
def test_an_opportunity_without_gitlab_admin_stops_before_stage_4(
    order_type: OrderType, is_web_portal: bool, stage: str, has_admin: bool
) -> None:
    stopped = order_type.value in "1234" and not is_web_portal and not has_admin and stage in GUARDED
    may = may_leave_stage(order_type=order_type, is_web_portal=is_web_portal, stage=stage, has_gitlab_admin=has_admin)
    assert may is not stopped


@pytest.mark.parametrize(
    ("order_type", "called"),
    [("1", None), ("2", None), ("3", None), ("4", "Contraction"), ("5", "Contraction"), ("6", "Churn")],
)
def test_a_lost_amount_is_called_by_its_order_type(order_type: str, called: str | None) -> None:
    assert churn_or_contraction(OrderType(order_type)) == called


def test_every_order_type_has_its_label() -> None:
    assert [label[0] for label in ORDER_TYPE_LABELS.values()] == [order_type.value for order_type in OrderType]


@pytest.mark.parametrize(
    ("raw", "group"),
    [
        ("Missing Feature", "Product Value / Gaps"),
        ("product value / gaps", "Product Value / Gaps"),
        (" Went Silent ", "Lack of Engagement / Sponsor"),
        ("No budget", "Loss of Budget"),
        ("Merged into another opportunity", "Merged Opp"),
        ("Stale Opportunity", "No Progression - Auto-close"),
        ("Product quality / availability", "Product Quality / Availability"),
        ("Competitive Loss", "Unknown"),
        ("", "Unknown"),
        ("Moved to Mars", "Moved to Mars"),
    ],
)
def test_a_reason_for_loss_comes_down_to_its_group(raw: str, group: str) -> None:
    assert loss_group(raw) == group


@pytest.mark.parametrize("group", LossGroup)
def test_a_group_is_its_own_group(group: LossGroup) -> None:
    assert loss_group(group.value) == group.value
