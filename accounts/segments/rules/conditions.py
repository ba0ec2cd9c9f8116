"""The condition language: what a condition can ask about, and a condition that has been read and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias


class FieldKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    FLAG = "flag"
    MULTI = "multi"  # several values at once, such as roles or products


class Op(StrEnum):
    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    BETWEEN = "between"  # both ends included
    CONTAINS = "contains"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    OLDER_THAN_DAYS = "older_than_days"
    WITHIN_DAYS = "within_days"  # the next N days for N >= 0, the last -N days below; today included either way


_SET = frozenset({Op.IS_SET, Op.IS_NOT_SET})
FAMILIES = (frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN}), _SET)
_ORDER = frozenset({Op.EQ, Op.NE, Op.LT, Op.LTE, Op.GT, Op.GTE, Op.BETWEEN}) | _SET
_NAMES = frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN}) | _SET

OPERATORS: Mapping[FieldKind, frozenset[Op]] = MappingProxyType(
    {
        FieldKind.TEXT: _NAMES,
        FieldKind.CHOICE: _NAMES,
        FieldKind.NUMBER: _ORDER,
        FieldKind.MONEY: _ORDER,
        FieldKind.DATE: _ORDER | {Op.OLDER_THAN_DAYS, Op.WITHIN_DAYS},
        FieldKind.FLAG: frozenset({Op.EQ, Op.NE}) | _SET,
        FieldKind.MULTI: frozenset({Op.CONTAINS}) | _SET,
    }
)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """
    One field of the language.

    `choices` are (value, label) pairs; none means any text. `operators` narrows what the kind allows, opposites and
    lists of one value included, because the canonical form turns one into the other; none means all of it.
    `as_of_source` names where the field's value on a past day comes from.
    """

    key: str
    label: str
    kind: FieldKind
    choices: tuple[tuple[str, str], ...] = ()
    operators: frozenset[Op] = frozenset()
    as_of_source: str = ""

    @property
    def allowed(self) -> frozenset[Op]:
        if not self.operators:
            return OPERATORS[self.kind]
        wanted = self.operators.union(*(family for family in FAMILIES if family & self.operators))
        return wanted & OPERATORS[self.kind]

    def label_of(self, value: str) -> str:
        return dict(self.choices).get(value, value)


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
