"""Who changed what: the audit's rows turned into lines a person can read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, DecimalField, Field, ForeignKey, Model, QuerySet

from accounts.audit.models import Change
from accounts.team.selectors import names_of
from cs_platform.common.ui.moments import day_text

# Names that their columns cannot spell; the screen's words.
SPELLINGS = {
    "csm": "CSM",
    "arr": "ARR",
    "is pubsec": "PubSec",
    "csm assignment": "CSM",
    "during": "From – until",
    "membership": "Contact",
    "roles": "GitLab Role",
    "sold to": "Sold-To",
}

# What an amount of money is kept with (and shown with two); a share or a rate has more.
MONEY_PLACES = 4

Lookup = dict[tuple[type[Model], Any], str]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after, in words; "" is nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """
    One change of one row, in words: when, who, from where, what.

    `fields` of a row that came or went are all it had.
    """

    table: str
    row_id: int
    operation: str
    changed_at: dt.datetime
    actor: str
    source: str
    what: str
    fields: tuple[FieldChange, ...]


def changes_of(*, table: str, row_id: int) -> QuerySet[Change]:
    """Return the changes of one row, newest first."""
    return Change.objects.filter(table_name=table, row_id=row_id).order_by("-changed_at", "-pk")


def changes_at(account_id: int) -> QuerySet[Change]:
    """Return the changes at an account (itself, its contacts, contracts and CSMs), newest first."""
    return Change.objects.filter(account_id=account_id).order_by("-changed_at", "-pk")


def lines_of(changes: Iterable[Change]) -> list[Line]:
    """Put changes into words. What another row is called is asked once per table, however many changes there are."""
    rows = list(changes)
    names, actors = _names(rows), names_of({change.actor for change in rows})
    return [
        Line(
            table=change.table_name,
            row_id=change.row_id,
            operation=change.operation,
            changed_at=change.changed_at,
            actor=actors[change.actor],
            source=change.source[:1].upper() + change.source[1:],
            what=f"{_noun(change.table_name)} {Change.Operation(change.operation).label.lower()}",
            fields=tuple(_fields(change, names)),
        )
        for change in rows
    ]


def _model(table: str) -> type[Model] | None:
    return next((model for model in apps.get_models() if model._meta.db_table == table), None)


def _noun(table: str) -> str:
    model = _model(table)
    return _spelled(str(model._meta.verbose_name)) if model else table


def _spelled(words: str) -> str:
    plain = words.replace("_", " ").lower()
    return SPELLINGS.get(plain) or plain.removeprefix("is ").capitalize()


def _column(table: str, column: str) -> Field[Any, Any] | None:
    model = _model(table)
    try:
        field = model._meta.get_field(column.removesuffix("_id")) if model else None
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field) else None


def _fields(change: Change, names: Lookup) -> Iterable[FieldChange]:
    before, after = change.before or {}, change.after or {}
    for column in sorted({*before, *after} - {"id", "uuid"}):
        field = _column(change.table_name, column)
        label = _spelled(str(field.verbose_name) if field else column)
        old, new = (_words(field, values.get(column), names) for values in (before, after))
        if old != new:
            yield FieldChange(label, old, new)


def _words(field: Field[Any, Any] | None, value: Any, names: Lookup) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_words(field, each, names) for each in value)
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), f"#{value}")
    if isinstance(field, DecimalField) and field.decimal_places == MONEY_PLACES:
        return f"{Decimal(str(value)):,.2f}"
    if isinstance(field, DateRangeField) and "," in value:
        return " – ".join(_day(end) for end in value.strip("[)").split(","))
    if isinstance(field, DateField) and not isinstance(field, DateTimeField):
        return _day(value)
    choices = getattr(field, "choices", None) or getattr(getattr(field, "base_field", None), "choices", None)
    return str(dict(choices).get(value, value)) if choices else str(value)


# PostgreSQL writes an open end of a range as nothing.
def _day(written: str) -> str:
    return day_text(dt.date.fromisoformat(written)) if written else "open"


# Return what the rows are called that foreign keys point to.
def _names(changes: Sequence[Change]) -> Lookup:
    wanted: dict[type[Model], set[Any]] = {}
    for change in changes:
        for values in (change.before or {}, change.after or {}):
            for column, value in values.items():
                field = _column(change.table_name, column)
                if isinstance(field, ForeignKey) and value is not None:
                    wanted.setdefault(field.related_model, set()).add(value)
    return {
        (model, row.pk): _name(row)
        for model, numbers in wanted.items()
        for row in model._default_manager.filter(pk__in=numbers)
    }


def _name(row: Model) -> str:
    for attribute in ("display_name", "name", "number"):
        if value := getattr(row, attribute, ""):
            return str(value)
    return str(row)
