"""What changed in a subscription between two days a year apart, and for which reason."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
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
