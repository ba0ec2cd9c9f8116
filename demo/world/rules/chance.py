"""
Chance that is the same every time.

Every decision draws from its own source, named by what is decided and how old the customer is then, so that neither
the order of decisions, nor a restart between two days, nor the date on which the world began changes what happens.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
_WHOLE = float(1 << 64)
# Which of all possible worlds belongs to a seed: under this name the default seed's is a believable one.
_SALT = "northlight 15"


def share(seed: int, *keys: object) -> float:
    """Return a number from 0 up to 1 that belongs to these keys."""
    name = "/".join(map(str, (_SALT, seed, *keys))).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") / _WHOLE


def dice(seed: int, *keys: object) -> random.Random:
    """Return a source of many draws that belongs to these keys."""
    return random.Random("/".join(map(str, (_SALT, seed, *keys))))  # noqa: S311 (a demo, no secrets)


def whole(value: float, draw: float) -> int:
    """Return one of the two whole numbers around `value`, so that many of them keep its mean; `draw` is from 0 to 1."""
    return math.floor(value + draw)


def weighted(draw: float, choices: Sequence[tuple[Item, float]]) -> Item:
    """Return the choice that `draw` (0 to 1) falls upon; weights need not total 1."""
    rest = draw * sum(weight for _, weight in choices)
    for item, weight in choices:
        rest -= weight
        if rest < 0:
            return item
    return choices[-1][0]


def spread(dice: random.Random, *, median: float, factor: float, low: float, high: float) -> float:
    """Return a lognormal draw: two thirds lie within `median` divided and multiplied by `factor`; clipped."""
    drawn = median * math.exp(dice.gauss(0.0, math.log(factor)))
    return min(max(drawn, low), high)
