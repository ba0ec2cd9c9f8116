"""Conditions read from decoded JSON, and written back in their one canonical form."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from accounts.segments.rules.conditions import (
    AllOf,
    AnyOf,
    BadCondition,
    Condition,
    FieldKind,
    FieldSpec,
    Leaf,
    Not,
    Op,
    Scalar,
    Value,
)

DEEPEST = 8
MOST_LEAVES = 200
MOST_VALUES = 500
LONGEST_TEXT = 200
LONGEST_NUMBER = 40
LARGEST_NUMBER = Decimal(10) ** 14
MOST_DECIMALS = 6
MOST_DAYS = 36_525

GROUPS = ("all", "any", "not")
VALUELESS = frozenset({Op.IS_SET, Op.IS_NOT_SET})


def parse(raw: object, fields: Mapping[str, FieldSpec]) -> Condition:
    """
    Return the condition that decoded JSON stands for. An empty object is everybody.

    :raises BadCondition: naming the place and the problem, the first one met.
    """
    if raw == {}:
        return AllOf(())
    condition = _parse(raw, fields, path="", depth=1)
    if _leaves(condition) > MOST_LEAVES:
        raise BadCondition("", f"The condition has more than {MOST_LEAVES} parts.")
    return condition


def _parse(raw: object, fields: Mapping[str, FieldSpec], *, path: str, depth: int) -> Condition:
    if not isinstance(raw, Mapping):
        raise BadCondition(path, "A condition must be an object with all, any, not or field.")
    if depth > DEEPEST:
        raise BadCondition(path, f"Conditions can't be nested more than {DEEPEST} levels deep.")
    if "field" in raw:
        return _leaf(raw, fields, path)
    if len(raw) != 1 or next(iter(raw)) not in GROUPS:
        raise BadCondition(path, "A condition must have exactly one of all, any, not or field.")
    ((key, inner),) = raw.items()
    here = f"{path}.{key}" if path else str(key)
    if key == "not":
        return Not(_parse(inner, fields, path=here, depth=depth + 1))
    return _group(key, inner, fields, path=here, depth=depth)


def _group(key: str, inner: object, fields: Mapping[str, FieldSpec], *, path: str, depth: int) -> Condition:
    if not isinstance(inner, list | tuple):
        raise BadCondition(path, "Must be a list of conditions.")
    if key == "any" and not inner:
        raise BadCondition(path, "any needs at least one condition.")
    if len(inner) > MOST_LEAVES:
        raise BadCondition(path, f"The list has more than {MOST_LEAVES} conditions.")
    parts = tuple(_parse(part, fields, path=f"{path}[{place}]", depth=depth + 1) for place, part in enumerate(inner))
    return AllOf(parts) if key == "all" else AnyOf(parts)


def _leaf(raw: Mapping[object, object], fields: Mapping[str, FieldSpec], path: str) -> Leaf:
    below = f"{path}." if path else ""
    for key in raw:
        if key not in ("field", "op", "value"):
            raise BadCondition(f"{below}{key}", "A field condition takes only field, op and value.")
    name = raw["field"]
    spec = fields.get(name) if isinstance(name, str) else None
    if spec is None:
        raise BadCondition(f"{below}field", f"Unknown field {name!r}.")
    try:
        op = Op(str(raw.get("op")))
    except ValueError:
        raise BadCondition(f"{below}op", f"Unknown operator {raw.get('op')!r}.") from None
    if op not in spec.allowed:
        known = ", ".join(each.value for each in Op if each in spec.allowed)
        raise BadCondition(f"{below}op", f"{spec.label} doesn't support {op.value}. Use one of {known}.")
    if op in VALUELESS:
        if raw.get("value") is not None:
            raise BadCondition(f"{below}value", f"{op.value} takes no value.")
        return Leaf(spec.key, op)
    if "value" not in raw:
        raise BadCondition(f"{below}value", "A value is required.")
    return Leaf(spec.key, op, _value(raw["value"], spec, op, f"{below}value"))


def _value(raw: object, spec: FieldSpec, op: Op, path: str) -> Value:
    if op in (Op.OLDER_THAN_DAYS, Op.WITHIN_DAYS):
        return _days(raw, path, least=0 if op == Op.OLDER_THAN_DAYS else -MOST_DAYS)
    if op in (Op.IN, Op.NOT_IN):
        return _several(raw, spec, path)
    if op == Op.BETWEEN:
        if not isinstance(raw, list | tuple) or len(raw) != 2:
            raise BadCondition(path, "between takes two values, the lower first.")
        low, high = (_scalar(each, spec, f"{path}[{place}]") for place, each in enumerate(raw))
        if low > high:  # type: ignore[operator]  # both are of the field's one kind
            raise BadCondition(path, "The lower value must come first.")
        return low, high
    return _scalar(raw, spec, path)


def _several(raw: object, spec: FieldSpec, path: str) -> tuple[Scalar, ...]:
    if not isinstance(raw, list | tuple) or not raw:
        raise BadCondition(path, "Must be a list with at least one value.")
    if len(raw) > MOST_VALUES:
        raise BadCondition(path, f"The list has more than {MOST_VALUES} values.")
    return tuple(_scalar(each, spec, f"{path}[{place}]") for place, each in enumerate(raw))


def _scalar(raw: object, spec: FieldSpec, path: str) -> Scalar:
    if spec.kind in (FieldKind.NUMBER, FieldKind.MONEY):
        return _number(raw, path)
    if spec.kind == FieldKind.DATE:
        return _date(raw, path)
    if spec.kind == FieldKind.FLAG:
        if not isinstance(raw, bool):
            raise BadCondition(path, "Must be true or false.")
        return raw
    return _text(raw, spec, path)


def _text(raw: object, spec: FieldSpec, path: str) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise BadCondition(path, "Must be text and can't be empty.")
    if len(raw) > LONGEST_TEXT or "\x00" in raw:
        raise BadCondition(path, f"Must be text of at most {LONGEST_TEXT} printable characters.")
    if spec.choices and raw not in dict(spec.choices):
        known = ", ".join(value for value, _ in spec.choices)
        raise BadCondition(path, f"{raw!r} isn't a value of {spec.label}. Use one of {known}.")
    return raw


def _number(raw: object, path: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise BadCondition(path, "Must be a number.")
    if isinstance(raw, str) and len(raw) > LONGEST_NUMBER:
        raise BadCondition(path, "The number is too long.")
    try:
        number = Decimal(raw if isinstance(raw, int) else str(raw))
    except InvalidOperation:
        raise BadCondition(path, f"{raw!r} isn't a number.") from None
    if not number.is_finite() or abs(number) >= LARGEST_NUMBER:
        raise BadCondition(path, "The number is out of range.")
    if number != round(number, MOST_DECIMALS):
        raise BadCondition(path, f"The number has more than {MOST_DECIMALS} decimals.")
    return number


def _date(raw: object, path: str) -> dt.date:
    if isinstance(raw, str) and len(raw) == len("2026-01-31"):
        try:
            return dt.date.fromisoformat(raw)
        except ValueError:
            pass
    raise BadCondition(path, "Must be a date such as 2026-01-31.")


def _days(raw: object, path: str, *, least: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= MOST_DAYS:
        raise BadCondition(path, f"Must be a whole number of days from {least} to {MOST_DAYS}.")
    return raw


def _leaves(condition: Condition) -> int:
    if isinstance(condition, Leaf):
        return 1
    if isinstance(condition, Not):
        return _leaves(condition.part)
    return sum(_leaves(part) for part in condition.parts)


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
        return _written_leaf(condition)
    if isinstance(condition, Not):
        return _negated(condition.part)
    return _written_group("all" if isinstance(condition, AllOf) else "any", condition)


def _written_group(key: str, group: AllOf | AnyOf) -> dict[str, Any]:
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
        return _written_leaf(Leaf(part.field, OPPOSITES[part.op], part.value))
    written = canonical(part)
    if "not" in written:
        return dict(written["not"])
    if "op" in written and Op(written["op"]) in OPPOSITES:
        return {**written, "op": OPPOSITES[Op(written["op"])].value}
    return {"not": written}


def _written_leaf(leaf: Leaf) -> dict[str, Any]:
    op, value = leaf.op, leaf.value
    if value is None:
        return {"field": leaf.field, "op": op.value}
    if not isinstance(value, tuple):
        return {"field": leaf.field, "op": op.value, "value": _written_value(value)}
    if op == Op.BETWEEN:
        return {"field": leaf.field, "op": op.value, "value": [_written_value(each) for each in value]}
    values = sorted({str(each) for each in value})
    if len(values) == 1:
        return {"field": leaf.field, "op": (Op.EQ if op == Op.IN else Op.NE).value, "value": values[0]}
    return {"field": leaf.field, "op": op.value, "value": values}


def _written_value(value: Scalar) -> str | bool | int | float:
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, Decimal):
        return value
    if value == int(value):
        return int(value)
    # A JSON number where reading it back gives the same; its digits in quotes where it would not.
    return float(value) if Decimal(repr(float(value))) == value else f"{value.normalize():f}"
