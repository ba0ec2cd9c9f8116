"""
What changed in a subscription between two days: for which reason (a year apart), and in which parts (the ARR bridge).

Source: GitLab handbook, Customer Success vision (reasons for churn and expansion, dollar weighted). Amounts are ARR or
MRR in one currency; a ratio is the same for both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class LineState:
    """
    A subscription lineage on a day, without true-ups.

    `rank` is the highest product_rank of its products, `seats` their sum; `is_seat_based` is False where anything is
    sold by another unit.
    """

    product_names: frozenset[str]
    rank: int
    seats: Decimal | int
    arr: Decimal
    is_seat_based: bool = True


class ChangeType(StrEnum):
    CANCELLED = "Cancelled"
    DOWNGRADED = "Downgraded"
    UPGRADED = "Upgraded"
    MAINTAINED = "Maintained"


class ReasonOfChange(StrEnum):
    CANCELLED = "Cancelled"
    PRICE_AND_SEATS = "Price Change/Seat Change Mix"
    SEATS = "Seat Change"
    PRICE = "Price Change"
    PRODUCT = "Product Change"
    PRODUCT_AND_SEATS = "Product Change/Seat Change Mix"
    MAINTAINED = "Maintained"
    UNKNOWN = "Unknown"


class PlanChange(StrEnum):
    CANCELLED = "Cancelled"
    NOT_VALID = "Not Valid"
    MAINTAINED = "Maintained"
    DOWNGRADED = "Downgraded"
    UPGRADED = "Upgraded"


class SeatChange(StrEnum):
    CANCELLED = "Cancelled"
    NOT_VALID = "Not Valid"
    MAINTAINED = "Maintained"
    CONTRACTION = "Contraction"
    EXPANSION = "Expansion"


RANKS = (("ultimate", 3), ("gold", 3), ("premium", 2), ("silver", 2), ("starter", 1), ("bronze", 1))


# Asked once a line and month, of a handful of names.
@lru_cache(maxsize=1024)
def product_rank(name: str) -> int:
    """Return the rank of a product's tier by its name: 3 Ultimate/Gold, 2 Premium/Silver, 1 Starter/Bronze, else 0."""
    lowered = name.lower()
    return next((rank for word, rank in RANKS if word in lowered), 0)


def change_type(before: LineState, after: LineState) -> ChangeType:
    if _is_cancelled(before, after):
        return ChangeType.CANCELLED
    if after.arr == before.arr:
        return ChangeType.MAINTAINED
    return ChangeType.UPGRADED if after.arr > before.arr else ChangeType.DOWNGRADED


def change_reason(before: LineState, after: LineState) -> ReasonOfChange:
    """Return why the ARR changed; the first rule that fits. A state without product names fits few."""
    if _is_cancelled(before, after):
        return ReasonOfChange.CANCELLED
    money, seats = _sign(after.arr - before.arr), _sign(after.seats - before.seats)
    are_named = bool(before.product_names) and bool(after.product_names)
    is_same = are_named and before.product_names == after.product_names
    if is_same and money and money == seats:
        return ReasonOfChange.PRICE_AND_SEATS if _price_sign(before, after) == money else ReasonOfChange.SEATS
    if is_same and money:
        return ReasonOfChange.PRICE
    if seats == 0 and money * _sign(after.rank - before.rank) < 0:
        return ReasonOfChange.PRICE
    if are_named and not is_same:
        return ReasonOfChange.PRODUCT_AND_SEATS if seats else ReasonOfChange.PRODUCT
    return ReasonOfChange.UNKNOWN if money else ReasonOfChange.MAINTAINED


def plan_change(before: LineState, after: LineState) -> PlanChange:
    if _is_cancelled(before, after):
        return PlanChange.CANCELLED
    if before.rank == 0 or after.rank == 0:
        return PlanChange.NOT_VALID
    if before.rank == after.rank:
        return PlanChange.MAINTAINED
    return PlanChange.UPGRADED if after.rank > before.rank else PlanChange.DOWNGRADED


def seat_change(before: LineState, after: LineState) -> SeatChange:
    if _is_cancelled(before, after):
        return SeatChange.CANCELLED
    if not (before.is_seat_based and after.is_seat_based):
        return SeatChange.NOT_VALID
    if before.seats == after.seats:
        return SeatChange.MAINTAINED
    return SeatChange.EXPANSION if after.seats > before.seats else SeatChange.CONTRACTION


def _is_cancelled(before: LineState, after: LineState) -> bool:
    return after.arr == 0 and before.arr > 0


def _sign(number: Decimal | int) -> int:
    return (number > 0) - (number < 0)


# Say where the price per seat moved; multiplied out, because a line may have no seats.
def _price_sign(before: LineState, after: LineState) -> int:
    return _sign(after.arr * before.seats - before.arr * after.seats)


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
    return (before.arr * gained / Decimal(before.seats)).quantize(CENT_OF_A_CENT, ROUND_HALF_UP)
