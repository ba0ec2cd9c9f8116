"""
Keyset pages of long lists: every page is found by an index from the last row of the page before it.

The thousandth page costs as much as the first, and rows that arrive meanwhile move nothing (Markus Winand, "We need
tool support for keyset pagination"). Lists that are whole in memory are paged by `paging.paged`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, OrderBy, Q, QuerySet
from django.http import HttpRequest

from cs_platform.common.text import is_clean

ROWS_PER_PAGE = 25
MOST_COUNTED = 10_000
LONGEST_CURSOR = 2_000
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Column:
    """One column of an order: a field, path or annotation. Nulls come last whatever the direction."""

    name: str
    is_descending: bool = False
    is_nullable: bool = False

    def reversed(self) -> Column:
        return Column(self.name, not self.is_descending, self.is_nullable)

    def order_by(self, *, nulls_first: bool = False) -> OrderBy:
        place: dict[str, bool] = {}
        if self.is_nullable:
            place = {"nulls_first": True} if nulls_first else {"nulls_last": True}
        return F(self.name).desc(**place) if self.is_descending else F(self.name).asc(**place)


@dataclass(frozen=True)
class KeysetPage:
    """
    The rows of a page and the way on from it.

    `previous` and `next` are what `?page=` says in the links to those pages, "" where there is none. `count` is how
    many rows the list has, at most MOST_COUNTED; `has_more` tells that there are more than that. `start` numbers the
    first row from 1, as counted while paging: rows that came or went since do not renumber it.
    """

    rows: list[Any]
    previous: str
    next: str
    count: int
    has_more: bool
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Cursor:
    """A place in a list: on which side of a row the page lies, that row's values, and the number of its first row."""

    way: str
    values: list[Any]
    start: int


def keyset_page(
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    order: Sequence[Column],
    size: int = ROWS_PER_PAGE,
    count: int | None = None,
) -> KeysetPage:
    """
    Return the page of `rows` that `?page=` names; the first page when it names none that we gave.

    `order` must end with a unique column. Two queries: how many rows there are, up to MOST_COUNTED and only where the
    caller does not know (`count`), and the rows.
    """
    count, has_more = counted(rows) if count is None else (count, False)
    cursor = read_cursor(request.GET.get("page", ""), rows, order)
    if cursor and cursor.way == BEFORE:
        found = _fetch(rows, [column.reversed() for column in order], cursor.values, size + 1, nulls_first=True)
        if len(found) > size:
            start = max(cursor.start, 1)
            return _page(found[:size][::-1], order, size, start, count, has_more, has_previous=True, has_next=True)
        cursor = None  # What is left above would not fill a page: the first page holds it.
    found = _fetch(rows, order, cursor.values if cursor else None, size + 1)
    start = cursor.start if cursor else 1
    is_further = cursor is not None
    return _page(found[:size], order, size, start, count, has_more, has_previous=is_further, has_next=len(found) > size)


def counted(rows: QuerySet[Any]) -> tuple[int, bool]:
    """Return how many rows there are, and whether there are more: counting stops at MOST_COUNTED."""
    # The keys alone: what a row shows beside them is not worked out ten thousand times.
    number = rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return min(number, MOST_COUNTED), number > MOST_COUNTED


def _fetch(
    rows: QuerySet[Any], order: Sequence[Column], values: list[Any] | None, limit: int, *, nulls_first: bool = False
) -> list[Any]:
    within = rows if values is None else rows.filter(_beyond(order, values, nulls_first=nulls_first))
    return list(within.order_by(*(column.order_by(nulls_first=nulls_first) for column in order))[:limit])


# (a > x) or (a = x and b > y) or ..., behind (a >= x), which alone lets the index begin at the right place.
def _beyond(order: Sequence[Column], values: Sequence[Any], *, nulls_first: bool) -> Q:
    found, same = Q(pk__in=[]), Q()
    for column, value in zip(order, values, strict=True):
        found |= same & _past(column, value, nulls_first=nulls_first)
        same &= Q(**{f"{column.name}__isnull": True}) if value is None else Q(**{column.name: value})
    first = order[0]
    if values[0] is None or first.is_nullable:
        return found
    return Q(**{f"{first.name}__{'lte' if first.is_descending else 'gte'}": values[0]}) & found


def _past(column: Column, value: Any, *, nulls_first: bool) -> Q:
    if value is None:
        return Q(**{f"{column.name}__isnull": False}) if nulls_first else Q(pk__in=[])
    past = Q(**{f"{column.name}__{'lt' if column.is_descending else 'gt'}": value})
    if column.is_nullable and not nulls_first:
        past |= Q(**{f"{column.name}__isnull": True})
    return past


def _page(
    rows: list[Any],
    order: Sequence[Column],
    size: int,
    start: int,
    count: int,
    has_more: bool,
    *,
    has_previous: bool,
    has_next: bool,
) -> KeysetPage:
    return KeysetPage(
        rows=rows,
        # The page before is a full one, whatever this one holds.
        previous=write_cursor(BEFORE, rows[0], order, start - size) if has_previous and rows else "",
        next=write_cursor(AFTER, rows[-1], order, start + len(rows)) if has_next and rows else "",
        count=count,
        has_more=has_more,
        start=start if rows else 0,
    )


def write_cursor(way: str, row: Any, order: Sequence[Column], start: int) -> str:
    values = [_value(row, column.name) for column in order]
    text = json.dumps([way, start, *values], cls=DjangoJSONEncoder, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name) if row is not None else None
    return row


def read_cursor(text: str, rows: QuerySet[Any], order: Sequence[Column]) -> Cursor | None:
    """Return what `write_cursor` wrote; None for anything else, so that the list begins at its top."""
    if not text or len(text) > LONGEST_CURSOR:
        return None
    try:
        way, start, *values = json.loads(base64.urlsafe_b64decode((text + "=" * (-len(text) % 4)).encode()))
        if way not in (BEFORE, AFTER) or not isinstance(start, int) or len(values) != len(order):
            return None
        cleaned = [_cleaned(rows, column, value) for column, value in zip(order, values, strict=True)]
    except (ValueError, TypeError, ValidationError, UnicodeError):
        return None
    return Cursor(way, cleaned, min(max(start, 1), 10**9))


# Let the field of the column judge a value that came from outside.
def _cleaned(rows: QuerySet[Any], column: Column, value: Any) -> Any:
    if value is None:
        if not column.is_nullable:
            raise ValueError(column.name)
        return None
    if isinstance(value, str) and not is_clean(value):
        raise ValueError(column.name)
    field = rows.query.resolve_ref(column.name, allow_joins=True).output_field
    field.run_validators(cleaned := field.to_python(value))
    return cleaned
