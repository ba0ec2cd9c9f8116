"""Conditions put into SQL. They must mean there what rules.judge says they mean."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from accounts.book.models import Account, AccountQuerySet
from accounts.segments.fields import Field, fields, register_field, specs
from accounts.segments.models import Segment
from accounts.segments.rules import (
    AllOf,
    Condition,
    FieldKind,
    Leaf,
    Not,
    Op,
    canonical,
    fields_of,
    parse,
    sentence,
)

__all__ = [
    "accounts_matching",
    "check_condition",
    "condition_of",
    "facts_of",
    "fields",
    "register_field",
    "segments",
    "specs",
    "wording",
]

LOOKUPS = {Op.LT: "lt", Op.LTE: "lte", Op.GT: "gt", Op.GTE: "gte", Op.EQ: "exact", Op.IN: "in"}
OPPOSITES = {Op.NE: Op.EQ, Op.NOT_IN: Op.IN, Op.IS_NOT_SET: Op.IS_SET}


def check_condition(condition: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return a condition (decoded JSON) in its canonical form.

    :raises BadCondition: naming the place and what is wrong there.
    """
    return canonical(parse(condition, specs()))


def condition_of(condition: Mapping[str, Any]) -> Condition:
    """
    Return a condition (decoded JSON) parsed, for rules.judge; the same text is parsed once.

    :raises BadCondition: naming the place and what is wrong there.
    """
    return _parsed(json.dumps(condition, sort_keys=True, default=str))


@lru_cache(maxsize=1000)
def _parsed(text: str) -> Condition:
    return parse(json.loads(text), specs())


def wording(condition: Mapping[str, Any]) -> str:
    """
    Return a condition as a sentence without a full stop.

    :raises BadCondition: naming the place and what is wrong there.
    """
    return sentence(parse(condition, specs()), specs())


def accounts_matching(
    condition: Mapping[str, Any], *, today: dt.date, within: AccountQuerySet | None = None
) -> AccountQuerySet:
    """
    Return the accounts a condition holds of, on a day; `within` narrows them, such as to what a viewer may see.

    :raises BadCondition: naming the place and what is wrong there.
    """
    parsed = parse(condition, specs())
    asked = {key: field for key, field in fields().items() if key in fields_of(parsed)}
    accounts = Account.objects.all() if within is None else within
    named = accounts.alias(**{_alias(key): field.expression(today) for key, field in asked.items()})
    return named.filter(_compiled(parsed, asked, today, is_wanted=True))


def facts_of(account_ids: Collection[int], keys: Iterable[str], *, today: dt.date) -> dict[int, dict[str, Any]]:
    """Return the values that conditions see of accounts, by account and field key: what rules.judge is given."""
    asked = {_alias(key): fields()[key].expression(today) for key in keys}
    rows = Account.objects.filter(pk__in=account_ids).annotate(**asked).values("pk", *asked)
    return {row["pk"]: {alias.removeprefix("asked_"): row[alias] for alias in asked} for row in rows}


def segments() -> QuerySet[Segment]:
    return Segment.objects.select_related("owner").order_by("name")


def _alias(key: str) -> str:
    return f"asked_{key}"


def _compiled(condition: Condition, asked: Mapping[str, Field], today: dt.date, *, is_wanted: bool) -> Q:
    """
    Return the condition, or its opposite, as a filter.

    "Not" is carried down to the leaves, where it also means "or missing": SQL's null is neither true nor false, and
    the language knows no third answer.
    """
    if isinstance(condition, Leaf):
        return _leaf(condition, asked[condition.field], today, is_wanted=is_wanted)
    if isinstance(condition, Not):
        return _compiled(condition.part, asked, today, is_wanted=not is_wanted)
    parts: list[Any] = [_compiled(part, asked, today, is_wanted=is_wanted) for part in condition.parts]
    joint = Q.AND if isinstance(condition, AllOf) == is_wanted else Q.OR
    if not parts:
        return Q() if joint == Q.AND else Q(pk__in=[])
    return Q.create(parts, connector=joint)


def _leaf(leaf: Leaf, field: Field, today: dt.date, *, is_wanted: bool) -> Q:
    if leaf.op in OPPOSITES:
        leaf, is_wanted = Leaf(leaf.field, OPPOSITES[leaf.op], leaf.value), not is_wanted
    name = _alias(leaf.field)
    if leaf.op == Op.IS_SET:
        missing = _missing(name, field.spec.kind)
        return ~missing if is_wanted else missing
    holds = _asked(name, leaf, today)
    return holds if is_wanted else ~holds | Q(**{f"{name}__isnull": True})


def _missing(name: str, kind: FieldKind) -> Q:
    missing = Q(**{f"{name}__isnull": True})
    if kind in (FieldKind.TEXT, FieldKind.CHOICE):
        return missing | Q(**{name: ""})
    return missing | Q(**{f"{name}__len": 0}) if kind == FieldKind.MULTI else missing


def _asked(name: str, leaf: Leaf, today: dt.date) -> Q:
    value = leaf.value
    if leaf.op == Op.CONTAINS:
        return Q(**{f"{name}__contains": [value]})
    if leaf.op == Op.BETWEEN:
        return Q(**{f"{name}__range": value})
    if leaf.op == Op.OLDER_THAN_DAYS and isinstance(value, int):
        return Q(**{f"{name}__lt": today - dt.timedelta(days=value)})
    if leaf.op == Op.WITHIN_DAYS and isinstance(value, int):
        days = today + dt.timedelta(days=min(value, 0)), today + dt.timedelta(days=max(value, 0))
        return Q(**{f"{name}__range": days})
    return Q(**{f"{name}__{LOOKUPS[leaf.op]}": value})
