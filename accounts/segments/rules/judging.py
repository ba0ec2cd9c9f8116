"""
Whether a condition holds of some facts.

A missing fact (None, an empty text, no values at all) is not equal to anything, lower than anything or within
anything: every question about it is answered no, except `is_not_set`, and except `ne` and `not_in`, which are the
exact opposites of `eq` and `in`. There is no third answer, so `not` turns no into yes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from accounts.segments.rules.conditions import AllOf, AnyOf, Condition, Leaf, Op, Value


def judge(condition: Condition, facts: Mapping[str, object], *, today: dt.date) -> bool:
    """Say whether the condition holds; `facts` maps field keys to str, bool, number, date or a collection of str."""
    if isinstance(condition, Leaf):
        return _holds(condition.op, _fact(facts.get(condition.field)), condition.value, today)
    if isinstance(condition, AllOf):
        return all(judge(part, facts, today=today) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(judge(part, facts, today=today) for part in condition.parts)
    return not judge(condition.part, facts, today=today)


def _fact(raw: object) -> object:
    if isinstance(raw, float):
        return Decimal(repr(raw))
    is_empty = raw is None or (isinstance(raw, str | frozenset | set | list | tuple) and not raw)
    return None if is_empty else raw


def _holds(op: Op, fact: object, value: Value, today: dt.date) -> bool:
    if op == Op.IS_SET:
        return fact is not None
    if op == Op.IS_NOT_SET:
        return fact is None
    if op == Op.NE:
        return not _holds(Op.EQ, fact, value, today)
    if op == Op.NOT_IN:
        return not _holds(Op.IN, fact, value, today)
    if fact is None:
        return False
    if op == Op.EQ:
        return bool(fact == value)
    if op == Op.IN:
        return isinstance(value, tuple) and fact in value
    if op == Op.CONTAINS:
        return isinstance(fact, frozenset | set | list | tuple) and value in fact
    if op in (Op.OLDER_THAN_DAYS, Op.WITHIN_DAYS):
        return _is_near(op, fact, value, today)
    return _is_in_order(op, fact, value)


def _is_near(op: Op, fact: object, value: Value, today: dt.date) -> bool:
    if not isinstance(fact, dt.date) or not isinstance(value, int):
        return False
    days = (fact - today).days
    if op == Op.OLDER_THAN_DAYS:
        return days < -value
    return min(value, 0) <= days <= max(value, 0)


def _is_in_order(op: Op, fact: object, value: Value) -> bool:
    low, high = value if isinstance(value, tuple) else (value, value)
    is_date = isinstance(fact, dt.date) and isinstance(low, dt.date) and isinstance(high, dt.date)
    is_number = isinstance(fact, int | Decimal) and isinstance(low, Decimal) and isinstance(high, Decimal)
    if not (is_date or is_number):
        return False
    below, above = fact < low, fact > high  # type: ignore[operator]  # both sides are of one kind
    return {
        Op.LT: below,
        Op.LTE: below or fact == low,
        Op.GT: above,
        Op.GTE: above or fact == high,
        Op.BETWEEN: not below and not above,
    }[op]
