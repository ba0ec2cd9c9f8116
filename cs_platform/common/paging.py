"""Page a queryset for HTML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest

ROWS_PER_PAGE = 25


def paged(request: HttpRequest, rows: QuerySet[Any] | list[Any], *, size: int = ROWS_PER_PAGE) -> Page[Any]:
    """
    Return the page that `?page=` names, and the nearest one there is when it names none.

    The rest of the query string stays in the pager's links (see `{% pager %}`).
    """
    return Paginator(rows, size).get_page(request.GET.get("page"))


@dataclass(frozen=True)
class Turn:
    """
    A page of a list too long to count: its rows, and the way to the pages before and after it.

    `newer` and `older` are what `?page=` of the links to them says; "" where there is no such page.
    """

    rows: list[Any]
    newer: str
    older: str


def turned(
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    by: Callable[[Any], dt.datetime],
    column: str,
    size: int = ROWS_PER_PAGE,
) -> Turn:
    """
    Return the page of `rows` that `?page=` names, newest first; the first page when it names none.

    The rows are ordered by (`column`, pk), both descending, and found by an index on them: the thousandth page costs
    as much as the first, and what arrives meanwhile moves nothing. `by` reads the column from a row.
    """
    way, mark = _read(request.GET.get("page", ""))
    if mark and way == NEWER:
        found = list(_beyond(rows, column, mark, "gt").order_by(column, "pk")[: size + 1])
        if len(found) > size:
            return _turn(found[:size][::-1], by, has_newer=True, has_older=True)
        # What is left above would not fill a page: the first page holds it.
    is_further = mark is not None and way == OLDER
    within = _beyond(rows, column, mark, "lt") if mark and is_further else rows
    found = list(within.order_by(f"-{column}", "-pk")[: size + 1])
    return _turn(found[:size], by, has_newer=is_further, has_older=len(found) > size)


def _turn(rows: list[Any], by: Callable[[Any], dt.datetime], *, has_newer: bool, has_older: bool) -> Turn:
    newer = _written(NEWER, by(rows[0]), rows[0].pk) if has_newer and rows else ""
    older = _written(OLDER, by(rows[-1]), rows[-1].pk) if has_older and rows else ""
    return Turn(rows, newer, older)


def _beyond(rows: QuerySet[Any], column: str, mark: tuple[dt.datetime, int], way: str) -> QuerySet[Any]:
    # The first condition alone lets the index begin at the right place.
    instant, pk = mark
    same = Q(**{column: instant, f"pk__{way}": pk})
    return rows.filter(Q(**{f"{column}__{way}e": instant}), Q(**{f"{column}__{way}": instant}) | same)


NEWER, OLDER = "newer", "older"
MARK = "%Y%m%dT%H%M%S.%f"


def _written(way: str, instant: dt.datetime, pk: int) -> str:
    return f"{way}-{instant.astimezone(dt.UTC).strftime(MARK)}-{pk}"


# Read what `_written` wrote; anything else is no mark, and the list begins at its top.
def _read(text: str) -> tuple[str, tuple[dt.datetime, int] | None]:
    try:
        way, instant, pk = text.split("-")
        return way, (dt.datetime.strptime(instant, MARK).replace(tzinfo=dt.UTC), int(pk))
    except ValueError:
        return "", None


MOST_COUNTED = 10_000


def counted(rows: QuerySet[Any]) -> tuple[int, bool]:
    """Return how many rows there are, and whether there are more: counting stops at ten thousand."""
    number = rows.order_by()[: MOST_COUNTED + 1].count()
    return min(number, MOST_COUNTED), number > MOST_COUNTED
