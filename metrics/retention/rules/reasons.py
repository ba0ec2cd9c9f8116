"""How much of the money lost, or gained, went for each reason. Shares are exact fractions; each side totals 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from metrics.retention.rules.changes import LineState, ReasonOfChange, change_reason

UNKNOWN = "Unknown"

# The handbook's names. It has none for a price and a seat change together, which keeps its own.
EXPANSION_NAMES: Mapping[ReasonOfChange, str] = MappingProxyType(
    {
        ReasonOfChange.SEATS: "Seat Expansion",
        ReasonOfChange.PRODUCT: "Product Change",
        ReasonOfChange.PRODUCT_AND_SEATS: "Product Change/Seat Change Mix",
        ReasonOfChange.PRICE: "Discount/Price Change",
        ReasonOfChange.PRICE_AND_SEATS: "Price Change/Seat Change Mix",
    }
)
CANCELLATION = "Cancellation"
DOWNGRADES = "Downgrades"


@dataclass(frozen=True, slots=True)
class Change:
    """What one subscription lineage gained (positive) or lost in a year, and why."""

    key: int
    reason: ReasonOfChange
    amount: Decimal
    is_true_up: bool = False

    @classmethod
    def between(cls, key: int, before: LineState, after: LineState) -> Change:
        return cls(key, change_reason(before, after), after.arr - before.arr)


@dataclass(frozen=True, slots=True)
class Share:
    """One reason: the money, always positive, its share of its side, and the keys of the changes behind it."""

    label: str
    amount: Fraction
    share: Fraction
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReasonShares:
    """Both sides, the largest reason first."""

    churn: tuple[Share, ...]
    expansion: tuple[Share, ...]


def display_name(reason: ReasonOfChange, *, is_loss: bool) -> str:
    """Return the handbook's name of a reason on its side."""
    if is_loss:
        return CANCELLATION if reason == ReasonOfChange.CANCELLED else DOWNGRADES
    return EXPANSION_NAMES.get(reason, UNKNOWN)


def reason_shares(changes: Iterable[Change]) -> ReasonShares:
    """Return the dollar-weighted reasons for churn and for expansion. True-ups belong to neither side."""
    counted = [change for change in changes if not change.is_true_up]
    churn = [_part(change, is_loss=True) for change in counted if change.amount < 0]
    expansion = [_part(change, is_loss=False) for change in counted if change.amount > 0]
    return ReasonShares(_shares(churn), _shares(expansion))


def _part(change: Change, *, is_loss: bool) -> tuple[str, int, Fraction]:
    return display_name(change.reason, is_loss=is_loss), change.key, abs(Fraction(change.amount))


def _shares(parts: Iterable[tuple[str, int, Fraction]]) -> tuple[Share, ...]:
    amounts: dict[str, Fraction] = defaultdict(Fraction)
    keys: dict[str, list[int]] = defaultdict(list)
    for label, key, amount in parts:
        amounts[label] += amount
        keys[label].append(key)
    whole = sum(amounts.values(), Fraction(0))
    ordered = sorted(amounts, key=lambda label: (-amounts[label], label))
    return tuple(Share(label, amounts[label], amounts[label] / whole, tuple(keys[label])) for label in ordered)


def weighed(parts: Iterable[tuple[str, Fraction]]) -> tuple[Share, ...]:
    """Return the shares of labels with their money added up, the largest first; the changes behind stay unnamed."""
    return _shares((label, 0, amount) for label, amount in parts if amount)


def shown_percentages(shares: Sequence[Share], *, decimals: int = 1) -> tuple[Decimal, ...]:
    """Return percentages to show, rounded by largest remainder so that what is shown totals 100 too."""
    scale = 100 * 10**decimals
    floors = [int(share.share * scale) for share in shares]
    missing = scale - sum(floors) if shares else 0
    by_remainder = sorted(range(len(shares)), key=lambda place: (floors[place] - shares[place].share * scale, place))
    for place in by_remainder[:missing]:
        floors[place] += 1
    return tuple(Decimal(floor).scaleb(-decimals) for floor in floors)


class BadSplit(ValueError):
    """The shares of a loss's reasons are not all above nought, or do not total 1."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A lost amount (positive) and its reasons with their shares of it; none given is Unknown."""

    key: int
    amount: Decimal
    reasons: tuple[tuple[str, Decimal], ...] = ()


def lost_amount(*, available: Decimal, amount: Decimal) -> Decimal:
    """
    Return what a renewal lost (0 where it lost nothing): what there was to renew less what was renewed.

    Where nothing is known of what there was, the amount itself is the loss, however it is signed.
    """
    return max(available - amount, Decimal(0)) if available else abs(amount)


def check_split(reasons: Sequence[tuple[str, Decimal]]) -> None:
    """
    Refuse a split of one loss over reasons that is not one.

    :raises BadSplit: with the reason or the total in words.
    """
    for reason, share in reasons:
        if share <= 0:
            raise BadSplit(f"The share of {reason} must be above 0.")
    if len({reason for reason, _ in reasons}) < len(reasons):
        raise BadSplit("A reason is given twice.")
    whole = sum((share for _, share in reasons), Decimal(0))
    if reasons and whole != 1:
        raise BadSplit(f"The shares total {whole * 100:f} %, not 100 %.")


def loss_shares(losses: Iterable[Loss]) -> tuple[Share, ...]:
    """
    Return the dollar-weighted reasons for loss, Unknown among them.

    A stored split is taken in proportion, so three thirds of 0.333333 still account for the whole amount.
    """
    parts: list[tuple[str, int, Fraction]] = []
    for loss in losses:
        if loss.amount <= 0:
            continue
        reasons = loss.reasons or ((UNKNOWN, Decimal(1)),)
        whole = sum((Fraction(share) for _, share in reasons), Fraction(0))
        parts += [(reason, loss.key, Fraction(loss.amount) * Fraction(share) / whole) for reason, share in reasons]
    return _shares(parts)
