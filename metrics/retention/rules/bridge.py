"""The way from the ARR at the beginning to the ARR at the end: new, churned, and changed by seats, price or tier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from metrics.retention.rules.changes import LineState

# The seat part of a change is rounded to what the database keeps of an amount; the rest of the change is price or
# tier, so that the parts always add up to the last digit.
CENT_OF_A_CENT = Decimal("0.0001")
PRECISION = 60


class ArrChange(StrEnum):
    NEW = "New"
    CHURN = "Churn"
    CONTRACTION = "Contraction"
    EXPANSION = "Expansion"
    NO_IMPACT = "No Impact"


@dataclass(frozen=True, slots=True)
class Bridge:
    """Signed parts of one or many changes: beginning + total is the ending, exactly."""

    new: Decimal = Decimal(0)
    churn: Decimal = Decimal(0)
    seat: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    tier: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        with localcontext(prec=PRECISION):
            return self.new + self.churn + self.seat + self.price + self.tier

    def __add__(self, other: Bridge) -> Bridge:
        if other is NOTHING:
            return self  # most subscriptions do not change in most months
        with localcontext(prec=PRECISION):
            return Bridge(
                new=self.new + other.new,
                churn=self.churn + other.churn,
                seat=self.seat + other.seat,
                price=self.price + other.price,
                tier=self.tier + other.tier,
            )


NOTHING = Bridge()


def arr_change(before: LineState | None, after: LineState | None) -> ArrChange:
    """Return the kind of change; None is a subscription that is not there."""
    return change_of_amount(_arr(before), _arr(after))


def change_of_amount(old: Decimal, new: Decimal) -> ArrChange:
    if old == new:
        return ArrChange.NO_IMPACT
    if old == 0:
        return ArrChange.NEW
    if new == 0:
        return ArrChange.CHURN
    return ArrChange.EXPANSION if new > old else ArrChange.CONTRACTION


def bridge(before: LineState | None, after: LineState | None) -> Bridge:
    """
    Return the parts of one subscription's change.

    Seat is the old price per seat times the seats gained or lost; the rest is new seats times the change in price per
    seat, called tier where product and rank changed and price otherwise.
    """
    with localcontext(prec=PRECISION):
        change = _arr(after) - _arr(before)
        if before is None or not before.arr:
            return Bridge(new=change)
        if after is None or not after.arr:
            return Bridge(churn=change)
        seat = _seat_part(before, after)
        rest = change - seat
        if abs(rest) < CENT_OF_A_CENT:
            return Bridge(seat=change)  # a converted amount's dust is no change of price
    is_other_tier = before.rank != after.rank and before.product_names != after.product_names
    return Bridge(seat=seat, tier=rest) if is_other_tier else Bridge(seat=seat, price=rest)


def total(bridges: Iterable[Bridge]) -> Bridge:
    return sum(bridges, NOTHING)


def _arr(state: LineState | None) -> Decimal:
    return Decimal(0) if state is None else state.arr


def _seat_part(before: LineState, after: LineState) -> Decimal:
    if not before.seats:
        return Decimal(0)
    gained = Decimal(after.seats) - Decimal(before.seats)
    return (before.arr * gained / Decimal(before.seats)).quantize(CENT_OF_A_CENT)
