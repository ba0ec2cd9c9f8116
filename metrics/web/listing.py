"""Rows behind a figure: one shape for the table of the page, its order, its filters and its CSV."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.http import HttpResponseBase, QueryDict

from accounts.team.http import SignedInRequest
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import render_page
from cs_platform.common.paging import paged
from cs_platform.common.spreadsheets import csv_response
from metrics.web.asked import Asked

Value = str | int | Decimal | dt.date | None


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` says how a value is shown: text, money, days, day, chip (a key of `words`) or account."""

    key: str
    label: str
    kind: str = "text"
    words: dict[str, str] = field(default_factory=dict)
    tones: dict[str, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "days")

    def written(self, value: Value) -> Value:
        """Return a value as the CSV has it: words for keys, money to the cent."""
        if isinstance(value, Decimal):
            return round(value, 2)
        return self.words.get(value, value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `values` stand in the order of the columns, the first is the account's name."""

    account_id: int
    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        return str(self.values[0])


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of rows with its columns; `filters` are (parameter, label, choices) by which it can be narrowed."""

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    filters: Sequence[tuple[str, str, Sequence[tuple[str, str]]]] = ()
    note: str = ""
    unit: str = "accounts"

    def asked_for(self, given: QueryDict) -> Listing:
        """Return the rows that the address wants, in the order it wants them; as they came where it says nothing."""
        places = {column.key: place for place, column in enumerate(self.columns)}
        rows: Iterable[Row] = self.rows
        for name, _, choices in self.filters:
            # What is no column the page itself has narrowed already.
            if name in places and (wanted := given.get(name, "")) in dict(choices):
                rows = [row for row in rows if row.values[places[name]] == wanted]
        if words := given.get("q", "").strip().casefold():
            rows = [row for row in rows if words in row.name.casefold()]
        sort = given.get("sort", "")
        if (place := places.get(sort.removeprefix("-"))) is not None:
            rows = _sorted(rows, place, descending=sort.startswith("-"))
        return replace(self, rows=list(rows))

    @property
    def totals(self) -> list[tuple[Column, Decimal | list[tuple[str, int]] | None]]:
        """Return what the rows add up to: sums of money, and of a column of chips how many say what."""
        return [(column, self._total(place, column)) for place, column in enumerate(self.columns)]

    def _total(self, place: int, column: Column) -> Decimal | list[tuple[str, int]] | None:
        values = [row.values[place] for row in self.rows]
        if column.kind == "money":
            return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
        if column.kind == "chip":
            return [(str(column.written(value)), number) for value, number in Counter(values).most_common()]
        return None

    def as_csv(self, name: str) -> HttpResponseBase:
        lines = (
            [column.written(value) for column, value in zip(self.columns, row.values, strict=True)] for row in self.rows
        )
        return csv_response(name, [column.label for column in self.columns], lines)


# Return rows by one of their values; those without it stand last either way.
def _sorted(rows: Iterable[Row], place: int, *, descending: bool) -> list[Row]:
    def key(row: Row) -> Any:
        value = row.values[place]
        return value.casefold() if isinstance(value, str) else value

    listed = list(rows)
    known = [row for row in listed if row.values[place] is not None]
    unknown = [row for row in listed if row.values[place] is None]
    return sorted(known, key=key, reverse=descending) + unknown


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    tone: str


def _shown(column: Column, value: Value) -> Value | Chip:
    if column.kind == "chip":
        return Chip(str(column.written(value)), column.tones.get(str(value), ""))
    return value if column.is_number else column.written(value)


def list_page(request: SignedInRequest, asked: Asked, listing: Listing, *, back: str, name: str) -> HttpResponseBase:
    """
    Answer with the rows as the address wants them: a page, the part of it that htmx asks for, or a CSV file.

    `back` is the name of the page whose figures these rows are behind; `name` is that of the file.
    """
    wanted = listing.asked_for(request.GET)
    if request.GET.get("format") == "csv":
        return wanted.as_csv(f"{name}.csv")
    page = paged(request, list(wanted.rows))
    context = {
        "asked": asked,
        "listing": wanted,
        "whole": len(listing.rows),
        "page": page,
        "rows": [
            (row, [(column, _shown(column, value)) for column, value in zip(listing.columns, row.values, strict=True)])
            for row in page
        ],
        "back": back,
        "back_name": BACK.get(back, ""),
        "unfiltered": _without(request, [filtered for filtered, _, _ in listing.filters]),
        "currency": reporting_currency(),
    }
    return render_page(request, "metrics/rows.html", context, partial="rows")


BACK = {
    "metrics:value": "Time to value",
    "metrics:retention": "Retention",
    "metrics:reasons": "Churn and expansion",
}


# Return this address without what narrows the list.
def _without(request: SignedInRequest, names: Iterable[str]) -> str:
    query = request.GET.copy()
    for name in (*names, "q", "page"):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}"
