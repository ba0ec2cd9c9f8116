"""Long lists are paged by keyset: every row once, in order, whatever the columns."""

from __future__ import annotations

import base64
import json
from itertools import pairwise

import pytest
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from cs_platform.common import keyset
from cs_platform.common.keyset import Column, KeysetPage, counted, keyset_page
from tests import factories

pytestmark = pytest.mark.django_db

BY_NAME = [Column("name"), Column("pk")]
ORDERS = [
    BY_NAME,
    [Column("name", is_descending=True), Column("pk", is_descending=True)],
    [Column("priority", is_nullable=True), Column("name"), Column("pk")],
    [Column("priority", is_descending=True, is_nullable=True), Column("name"), Column("pk")],
    [Column("segment"), Column("priority", is_nullable=True), Column("pk", is_descending=True)],
    [Column("parent__name", is_nullable=True), Column("pk")],
    [Column("arr", is_descending=True), Column("search__name_key"), Column("pk")],
]


@pytest.fixture
def accounts(db) -> list[Account]:
    top = factories.account(name="Top", priority=1)
    rows = [("A", 1), ("A", None), ("B", 2), ("B", 2), ("C", None), ("D", 4)]
    return [
        factories.account(name=name, priority=priority, parent=top if number % 2 else None, arr=number % 3)
        for number, (name, priority) in enumerate(rows)
    ]


def asking(**query: str) -> HttpRequest:
    return RequestFactory().get("/", query)


def rows() -> QuerySet[Account]:
    return Account.objects.filter(search__isnull=False).select_related("parent", "search")


def page(size: int = 3, order: list[Column] | None = None, **query: str) -> KeysetPage:
    return keyset_page(asking(**query), rows(), order=order or BY_NAME, size=size)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
@pytest.mark.parametrize("order", ORDERS)
def test_page_after_page_shows_every_row_once_and_the_way_back_the_same_pages(accounts, order, size) -> None:
    whole = [row.pk for row in rows().order_by(*(column.order_by() for column in order))]
    pages = [page(size, order)]
    while pages[-1].next:
        pages.append(page(size, order, page=pages[-1].next))

    assert [row.pk for each in pages for row in each] == whole
    assert [(each.start, each.end) for each in pages] == [
        (first + 1, min(first + size, len(whole))) for first in range(0, len(whole), size)
    ]
    for before, after in pairwise(pages):
        back = page(size, order, page=after.previous)
        assert ([row.pk for row in back], back.start) == ([row.pk for row in before], before.start)
    assert pages[0].previous == ""


def test_what_arrives_meanwhile_moves_nothing_that_is_on_the_next_page(accounts) -> None:
    first = page()
    expected = [row.pk for row in page(page=first.next)]
    factories.account(name="0 comes first")

    assert [row.pk for row in page(page=first.next)] == expected


def mark(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "2",
        "x" * 5_000,
        "é",
        mark(),
        mark("later", 1, "A", 1),
        mark("after", "1", "A", 1),
        mark("after", 1, "A"),
        mark("after", 1, None, 1),
        mark("after", 1, "A\0", 1),
        mark("after", 1, "A", "one"),
        mark("after", 1, "A", 10**40),
        mark("after", 1, ["A"], {"b": 1}),
    ],
)
def test_a_cursor_that_cannot_be_read_leads_to_the_first_page(accounts, cursor) -> None:
    assert [row.pk for row in page(page=cursor)] == [row.pk for row in page()]


@given(st.text(max_size=60))
def test_no_cursor_breaks_a_list(text: str) -> None:
    page(page=text)


def test_no_rows_make_one_empty_page() -> None:
    assert page() == KeysetPage([], "", "", 0, False, 0)


def test_counting_stops_where_nobody_reads_on(accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert counted(Account.objects.all()) == (7, False)

    monkeypatch.setattr(keyset, "MOST_COUNTED", 5)

    assert counted(Account.objects.all()) == (5, True)
