"""A condition that has been read and checked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from accounts.segments.rules.fields import Op

Scalar: TypeAlias = str | bool | int | Decimal | dt.date
# One value, several (in, between), or none (is_set). Numbers and money are Decimals, counts of days are ints.
Value: TypeAlias = Scalar | tuple[Scalar, ...] | None


class BadCondition(ValueError):
    """The condition cannot be read; `path` is the place, such as all[2].value, and `message` says what is wrong."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Leaf:
    field: str
    op: Op
    value: Value = None


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition: TypeAlias = Leaf | AllOf | AnyOf | Not

EVERYBODY = AllOf(())


def fields_of(condition: Condition) -> frozenset[str]:
    if isinstance(condition, Leaf):
        return frozenset({condition.field})
    parts = (condition.part,) if isinstance(condition, Not) else condition.parts
    return frozenset().union(*(fields_of(part) for part in parts))
