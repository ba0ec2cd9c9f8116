"""What a list is narrowed to and sorted by: one class for a kind of row, used by its page, its export and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import CharFilter, FilterSet

from cs_platform.common.keyset import Column

LONGEST_SEARCH = 200  # characters


class ListFilter(FilterSet):
    """
    Base of the filters of lists. `data` is a query string or a dict; `viewer` sees only what `queryset` holds.

    A value that is no choice narrows nothing on a page (`qs`); the API refuses it and names the field (`errors`).
    `sort` is a key of `SORTS`, with a minus for descending; every order ends with the primary key.
    """

    SORTS: ClassVar[Mapping[str, Sequence[Column]]] = {}
    DEFAULT_SORT: ClassVar[str] = ""

    q = CharFilter(method="filter_words", label="Search")

    def __init__(
        self, data: Mapping[str, Any] | QueryDict | None, queryset: QuerySet[Any], *, viewer: Any, today: dt.date
    ) -> None:
        self.viewer, self.today = viewer, today
        given = {name: str(data[name]).strip() for name in data} if data else {}
        self.given = {name: value for name, value in given.items() if value}
        super().__init__({**self.given, "q": self.given.get("q", "")[:LONGEST_SEARCH]}, queryset)

    @property
    def chosen(self) -> dict[str, Any]:
        """What narrows the list, by the name of the filter."""
        self.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", [])}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen)

    @property
    def sort(self) -> str:
        asked = self.given.get("sort", "")
        return asked if asked.removeprefix("-") in self.SORTS else self.DEFAULT_SORT

    @property
    def order(self) -> list[Column]:
        """The columns to sort by. The chosen one is turned around; those that break ties keep their direction."""
        first, *rest = self.SORTS[self.sort.removeprefix("-")]
        if not self.sort.startswith("-"):
            return [first, *rest, Column("pk")]
        # An index on (column, pk) is read backwards only where both are turned around.
        return [first.reversed(), *rest, Column("pk", is_descending=not rest)]

    @property
    def rows(self) -> QuerySet[Any]:
        """The narrowed list with all that its rows show."""
        return self.qs

    @property
    def in_order(self) -> QuerySet[Any]:
        """The whole list in its order, for an export."""
        return self.rows.order_by(*(column.order_by() for column in self.order))

    def filter_words(self, found: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        raise NotImplementedError
