"""One way to write each condition, so that equal ones are equal JSON and a change is a change."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from accounts.segments.rules.conditions import AllOf, AnyOf, Condition, Leaf, Not, Scalar
from accounts.segments.rules.fields import Op

# Exact opposites, for missing values too; "lower than" and "at least" are none, since neither holds of a missing one.
OPPOSITES: Mapping[Op, Op] = MappingProxyType(
    {
        Op.EQ: Op.NE,
        Op.NE: Op.EQ,
        Op.IN: Op.NOT_IN,
        Op.NOT_IN: Op.IN,
        Op.IS_SET: Op.IS_NOT_SET,
        Op.IS_NOT_SET: Op.IS_SET,
    }
)


def canonical(condition: Condition) -> dict[str, Any]:
    """
    Return the condition as JSON in its one form, which means the same.

    Groups within a group of their kind are flattened, parts sorted and freed of repetition, a group of one becomes
    its part, a list of one value becomes that value, and a negation moves into its part where it can.
    """
    if isinstance(condition, Leaf):
        return _leaf(condition)
    if isinstance(condition, Not):
        return _negated(condition.part)
    return _group("all" if isinstance(condition, AllOf) else "any", condition)


def _group(key: str, group: AllOf | AnyOf) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {}
    for part in group.parts:
        written = canonical(part)
        for each in written.get(key, [written]):
            parts[json.dumps(each, sort_keys=True)] = each
    if len(parts) == 1:
        return next(iter(parts.values()))
    return {key: [parts[text] for text in sorted(parts)]}


def _negated(part: Condition) -> dict[str, Any]:
    if isinstance(part, Not):
        return canonical(part.part)
    if isinstance(part, Leaf) and part.op in OPPOSITES:
        return _leaf(Leaf(part.field, OPPOSITES[part.op], part.value))
    written = canonical(part)
    if "not" in written:
        return dict(written["not"])
    if "op" in written and Op(written["op"]) in OPPOSITES:
        return {**written, "op": OPPOSITES[Op(written["op"])].value}
    return {"not": written}


def _leaf(leaf: Leaf) -> dict[str, Any]:
    op, value = leaf.op, leaf.value
    if value is None:
        return {"field": leaf.field, "op": op.value}
    if not isinstance(value, tuple):
        return {"field": leaf.field, "op": op.value, "value": _written(value)}
    if op == Op.BETWEEN:
        return {"field": leaf.field, "op": op.value, "value": [_written(each) for each in value]}
    values = sorted({str(each) for each in value})
    if len(values) == 1:
        return {"field": leaf.field, "op": (Op.EQ if op == Op.IN else Op.NE).value, "value": values[0]}
    return {"field": leaf.field, "op": op.value, "value": values}


def _written(value: Scalar) -> str | bool | int | float:
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, Decimal):
        return value
    if value == int(value):
        return int(value)
    # A JSON number where reading it back gives the same; its digits in quotes where it would not.
    return float(value) if Decimal(repr(float(value))) == value else f"{value.normalize():f}"
