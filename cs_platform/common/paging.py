"""Page a list that is whole in memory; what the database holds is paged by `keyset.keyset_page`."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

ROWS_PER_PAGE = 25


def paged(request: HttpRequest, rows: QuerySet[Any] | list[Any], *, size: int = ROWS_PER_PAGE) -> Page[Any]:
    """
    Return the page that `?page=` names, and the nearest one there is when it names none.

    The rest of the query string stays in the pager's links (see `{% pager %}`).
    """
    return Paginator(rows, size).get_page(request.GET.get("page"))
