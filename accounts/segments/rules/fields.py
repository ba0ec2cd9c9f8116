"""What a condition can ask about, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


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
