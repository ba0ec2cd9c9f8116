"""A condition as a sentence for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from accounts.segments.rules.conditions import AllOf, Condition, FieldKind, FieldSpec, Leaf, Not, Op, Scalar

ABOUT_NUMBERS: Mapping[Op, str] = MappingProxyType(
    {
        Op.EQ: "is",
        Op.NE: "is not",
        Op.LT: "is below",
        Op.LTE: "is at most",
        Op.GT: "is above",
        Op.GTE: "is at least",
        Op.CONTAINS: "includes",
        Op.IS_SET: "is set",
        Op.IS_NOT_SET: "is not set",
    }
)
ABOUT_DATES: Mapping[Op, str] = MappingProxyType(
    {
        **ABOUT_NUMBERS,
        Op.EQ: "is on",
        Op.NE: "is not on",
        Op.LT: "is before",
        Op.LTE: "is on or before",
        Op.GT: "is after",
        Op.GTE: "is on or after",
    }
)


def sentence(condition: Condition, fields: Mapping[str, FieldSpec]) -> str:
    """Return the condition in words, without a full stop: "(Segment is Tech Touch or Scale) and PubSec is no"."""
    if isinstance(condition, Leaf):
        return _leaf(condition, fields.get(condition.field))
    if isinstance(condition, Not):
        return f"not ({sentence(condition.part, fields)})"
    if not condition.parts:
        return "All accounts" if isinstance(condition, AllOf) else "No accounts"
    joint = " and " if isinstance(condition, AllOf) else " or "
    is_alone = len(condition.parts) == 1
    return joint.join(_part(part, fields, is_alone=is_alone) for part in condition.parts)


def _part(part: Condition, fields: Mapping[str, FieldSpec], *, is_alone: bool) -> str:
    words = sentence(part, fields)
    is_group = not isinstance(part, Leaf | Not) and len(part.parts) > 1
    # "Segment is A or B and ..." would read two ways.
    is_list = isinstance(part, Leaf) and part.op in (Op.IN, Op.NOT_IN) and len(_values(part)) > 1
    return f"({words})" if (is_group or is_list) and not is_alone else words


def _leaf(leaf: Leaf, spec: FieldSpec | None) -> str:
    label = spec.label if spec else leaf.field
    if leaf.op in (Op.OLDER_THAN_DAYS, Op.WITHIN_DAYS) and isinstance(leaf.value, int):
        return f"{label} {_days(leaf.op, leaf.value)}"
    values = [_word(value, spec) for value in _values(leaf)]
    if leaf.op == Op.BETWEEN:
        return f"{label} is from {values[0]} to {values[1]}"
    if leaf.op == Op.IN:
        return f"{label} is {_listed(values, 'or')}"
    if leaf.op == Op.NOT_IN:
        return f"{label} is none of {_listed(values, 'and')}" if len(values) > 1 else f"{label} is not {values[0]}"
    verbs = ABOUT_DATES if spec and spec.kind == FieldKind.DATE else ABOUT_NUMBERS
    return " ".join([label, verbs[leaf.op], *values])


def _values(leaf: Leaf) -> tuple[Scalar, ...]:
    if leaf.value is None:
        return ()
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def _days(op: Op, days: int) -> str:
    unit = "day" if abs(days) == 1 else "days"
    if op == Op.OLDER_THAN_DAYS:
        return f"is more than {days} {unit} ago"
    if days == 0:
        return "is today"
    return f"is within the next {days} {unit}" if days > 0 else f"is within the last {-days} {unit}"


def _word(value: Scalar, spec: FieldSpec | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return spec.label_of(str(value)) if spec else str(value)


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
