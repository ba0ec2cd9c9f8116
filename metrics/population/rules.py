"""How far programs got to an account, and how small a group may be before its figure says nothing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

# Below this many, a ratio is about individuals.
ENOUGH = 5


class Reach(StrEnum):
    """
    What became of the mail to an account in a period, at best.

    Delivered is sent and not bounced; clicked is clicked by somebody whom the verdicts take for a human being.
    """

    NOT_REACHED = "not_reached"
    DELIVERED = "delivered"
    CLICKED = "clicked"


ORDER = tuple(Reach)


def furthest(reaches: Iterable[Reach]) -> Reach:
    """Return how far programs got to several together: to a family, as far as to the account reached best."""
    return max(reaches, key=ORDER.index, default=Reach.NOT_REACHED)


def is_too_few(count: int) -> bool:
    return count < ENOUGH
