"""
The registry of what a condition can ask about an account.

A field is a specification (rules.FieldSpec) and a database expression over accounts that yields its value. Rooms above
add theirs from their `registrations.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import DecimalField, F
from django.db.models.enums import Choices
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from accounts.book.models import Channel, Deployment, Market, Region, Segment, Stage
from accounts.segments.rules import FieldKind, FieldSpec

# Wide enough for every number the language can say, so that no comparison rounds.
NUMBER = DecimalField(max_digits=30, decimal_places=6)
SPAN = "accounts_accountspan"

Build = Callable[[dt.date], Combinable]


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its value in the database, as an expression over accounts on a day."""

    spec: FieldSpec
    build: Build

    def expression(self, today: dt.date) -> Combinable:
        value = self.build(today)
        return Cast(value, NUMBER) if self.spec.kind in (FieldKind.NUMBER, FieldKind.MONEY) else value


_fields: dict[str, Field] = {}


def register_field(spec: FieldSpec, build: Build) -> None:
    """
    Let conditions ask about one more thing.

    `build(today)` returns an expression over accounts: F("segment"), Exists(...), Subquery(...). Its value is text,
    a number, a date, a boolean or an array, as `spec.kind` says; null, "" and an empty array mean that it is missing.
    """
    _fields[spec.key] = Field(spec, build)


def fields() -> Mapping[str, Field]:
    return MappingProxyType(_fields)


def specs() -> dict[str, FieldSpec]:
    """Return what conditions can ask about, for reading, wording and building them."""
    return {key: field.spec for key, field in _fields.items()}


def _column(key: str, label: str, kind: FieldKind, *, choices: type[Choices] | None = None, column: str = "") -> None:
    options = tuple((str(value), str(name)) for value, name in choices.choices) if choices else ()
    spec = FieldSpec(key, label, kind, choices=options, as_of_source=f"{SPAN}.{column or key}")
    register_field(spec, lambda _today: F(column or key))


_column("name", "Name", FieldKind.TEXT)
_column("segment", "Segment", FieldKind.CHOICE, choices=Segment)
_column("stage", "Stage", FieldKind.CHOICE, choices=Stage)
_column("market", "Market", FieldKind.CHOICE, choices=Market)
_column("priority", "Priority", FieldKind.NUMBER)
_column("deployment", "Deployment", FieldKind.CHOICE, choices=Deployment)
_column("products", "Products", FieldKind.MULTI)
_column("purchase_channel", "Purchase channel", FieldKind.CHOICE, choices=Channel)
_column("industry", "Industry", FieldKind.TEXT)
_column("country", "Country", FieldKind.TEXT)
_column("region", "Region", FieldKind.CHOICE, choices=Region)
_column("is_pubsec", "PubSec", FieldKind.FLAG)
_column("is_restricted", "Restricted", FieldKind.FLAG)
_column("switched_off", "Mail switched off", FieldKind.MULTI)
_column("contract_date", "Contract date", FieldKind.DATE)
_column("renewal_date", "Renewal date", FieldKind.DATE)
_column("csm", "CSM", FieldKind.TEXT, column="csm__email")
_column("parent", "Parent", FieldKind.TEXT, column="parent__name")
_column("arr", "ARR", FieldKind.MONEY)
_column("seats", "Seats", FieldKind.NUMBER)
