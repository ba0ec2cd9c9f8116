"""Rows behind a figure: one shape for the table of the page, its order, its filters and its CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from django.http import HttpResponseBase, QueryDict

from accounts.team.http import SignedInRequest
from accounts.team.models import User
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import render_page
from cs_platform.common.paging import paged
from cs_platform.common.spreadsheets import csv_response
from metrics.facts.selectors.cells import Asking, fetched
from metrics.population.selectors import Customer, customers
from metrics.reports.selectors.filters import MetricsFilter

Value = str | int | Decimal | dt.date | None
ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` says how a value is shown: text, money, days, day, chip (a key of `words`) or account."""

    key: str
    label: str
    kind: str = "text"
    words: Mapping[Any, str] = field(default_factory=dict)
    tones: Mapping[Any, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "days")

    def written(self, value: Value) -> Value:
        """Return a value as the CSV has it: words for keys, money to the cent."""
        if isinstance(value, Decimal):
            return round(value, 2)
        return self.words.get(value, value) if isinstance(value, str | int) else value


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list; `values` stand in the order of the columns."""

    account_id: int
    values: tuple[Value, ...]

    @property
    def name(self) -> str:
        return str(self.values[0])


@dataclass(frozen=True)
class Listing:
    """
    A list of rows with its columns; the database narrows, orders, counts and adds it up.

    `asking` gives columns by the names of `columns`, and `account_id`. The column of kind account is the account's
    name, put in afterwards; `named` adds to it what else a row says of itself. `filters` are (parameter, label,
    choices) by which the list can be narrowed; those of a column that `narrows` names are looked up there.
    """

    title: str
    columns: tuple[Column, ...]
    asking: Asking
    viewer: User
    given: QueryDict
    filters: Sequence[tuple[str, str, Sequence[tuple[str, str]]]] = ()
    narrows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    order: str = "account_id"
    note: str = ""
    unit: str = "accounts"
    has_number: bool = False

    @cached_property
    def wanted(self) -> Asking:
        where, values = ["true"], dict(self.asking.values)
        for name, choices in self.narrows.items():
            if (chosen := self.given.get(name, "")) in choices:
                where.append(f'"{name}" = any(%(w_{name})s)')
                found = choices[chosen]
                values[f"w_{name}"] = list(found) if isinstance(found, list | tuple) else [found]
        if searched := self.given.get("q", "").strip():
            where.append("account_id in (select id from accounts_account where name ilike %(w_q)s)")
            values["w_q"] = "%" + searched.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        return Asking(f"select * from ({self.asking.sql}) listed where {' and '.join(where)}", values)

    @cached_property
    def whole(self) -> bool:
        """Whether there are rows at all, whatever the filters and words."""
        return bool(fetched(f"select 1 from ({self.asking.sql}) listed limit 1", self.asking.values))

    @cached_property
    def _sums(self) -> tuple[Any, ...]:
        money = [column.key for column in self.columns if column.kind == "money"]
        summed = ", ".join(["count(*)", *(f'sum("{key}")' for key in money)])
        (found,) = fetched(f"select {summed} from ({self.wanted.sql}) listed", self.wanted.values)
        return found

    def count(self) -> int:
        return int(self._sums[0])

    __len__ = count

    def __getitem__(self, place: slice) -> list[Row]:
        page = f"limit {(place.stop or 0) - (place.start or 0)} offset {place.start or 0}"
        return list(self._rows(f"order by {self._ordered} {page}"))

    def everything(self) -> Iterator[Row]:
        return self._rows(f"order by {self._ordered}")

    @property
    def _ordered(self) -> str:
        sort = self.given.get("sort", "")
        column = next((each for each in self.columns if each.key == sort.removeprefix("-")), None)
        if column is None:
            return self.order
        way = "desc" if sort.startswith("-") else "asc"
        if column.kind == ACCOUNT:
            return f"(select lower(name) from accounts_account where id = account_id) {way}, account_id"
        return f'"{column.key}" {way} nulls last, account_id'

    def _rows(self, ending: str) -> Iterator[Row]:
        keys = [column.key for column in self.columns if column.kind != ACCOUNT]
        keys += ["number"] if self.has_number else []
        listed = ", ".join(["account_id", *(f'"{key}"' for key in keys)])
        rows = fetched(f"select {listed} from ({self.wanted.sql}) listed {ending}", self.wanted.values)
        found = customers(self.viewer, {row[0] for row in rows}) if rows else {}
        for account, *values in rows:
            yield self._row(account, dict(zip(keys, values, strict=True)), found.get(account))

    def _row(self, account: int, values: dict[str, Value], customer: Customer | None) -> Row:
        name = customer.name if customer else f"Account {account}"
        behind = f" · {values['number']}" if self.has_number else ""
        return Row(account, tuple(name + behind if c.kind == ACCOUNT else values[c.key] for c in self.columns))

    @property
    def totals(self) -> list[tuple[Column, Decimal | list[tuple[str, int]] | None]]:
        """Return what the rows add up to: sums of money, and of a column of chips how many say what."""
        sums = iter(self._sums[1:])
        return [
            (column, (next(sums) or Decimal(0)) if column.kind == "money" else self._tally(column))
            for column in self.columns
        ]

    def _tally(self, column: Column) -> list[tuple[str, int]] | None:
        if column.kind != "chip":
            return None
        sql = f'select "{column.key}", count(*) from ({self.wanted.sql}) listed group by 1 order by 2 desc'
        return [(str(column.written(value)), number) for value, number in fetched(sql, self.wanted.values)]

    def as_csv(self, name: str) -> HttpResponseBase:
        lines = [
            [column.written(value) for column, value in zip(self.columns, row.values, strict=True)]
            for row in self.everything()
        ]
        return csv_response(name, [column.label for column in self.columns], lines)


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    tone: str


def _shown(column: Column, value: Value) -> Value | Chip:
    if column.kind == "chip":
        return Chip(str(column.written(value)), column.tones.get(value, ""))
    return value if column.is_number else column.written(value)


def list_page(
    request: SignedInRequest, asked: MetricsFilter, listing: Listing, *, back: str, name: str
) -> HttpResponseBase:
    """
    Answer with the rows as the address wants them: a page, the part of it that htmx asks for, or a CSV file.

    `back` is the name of the page whose figures these rows are behind; `name` is that of the file.
    """
    if request.GET.get("format") == "csv":
        return listing.as_csv(f"{name}.csv")
    page = paged(request, cast("list[Any]", listing))  # counts and slices are all that is asked of it
    context = {
        "asked": asked,
        "listing": listing,
        "whole": listing.whole,
        "is_filtered": any(request.GET.get(name) for name in ("q", *(each for each, _, _ in listing.filters))),
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
