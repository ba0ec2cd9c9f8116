"""Lists too long to count are turned page by page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.models import Entry
from cs_platform.common import paging
from cs_platform.common.paging import counted, turned
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> list[int]:
    """Return the numbers of seven entries, newest first; two lie at the same instant."""
    account = factories.account()
    hours = (0, 1, 1, 2, 3, 4, 5)
    made = [factories.entry(account=account, occurred_at=NOW - dt.timedelta(hours=hour)) for hour in hours]
    return [row.pk for row in sorted(made, key=lambda row: (row.occurred_at, row.pk), reverse=True)]


def asking(**query: str) -> HttpRequest:
    return RequestFactory().get("/", query)


def turn(**query: str) -> paging.Turn:
    return turned(asking(**query), Entry.objects.all(), by=lambda row: row.occurred_at, column="occurred_at", size=3)


def numbers(page: paging.Turn) -> list[int]:
    return [row.pk for row in page.rows]


def test_the_first_page_holds_the_newest_and_leads_on(entries: list[int]) -> None:
    page = turn()

    assert numbers(page) == entries[:3]
    assert page.newer == ""
    assert page.older


def test_page_after_page_shows_every_row_once(entries: list[int]) -> None:
    shown, page = [], turn()
    while True:
        shown += numbers(page)
        if not page.older:
            break
        page = turn(page=page.older)

    assert shown == entries


def test_the_way_back_leads_to_the_same_pages(entries: list[int]) -> None:
    second = turn(page=turn().older)
    third = turn(page=second.older)

    assert numbers(turn(page=third.newer)) == numbers(second)
    assert numbers(turn(page=second.newer)) == entries[:3]


def test_what_arrives_meanwhile_moves_nothing_that_is_on_the_next_page(entries: list[int]) -> None:
    older = turn().older
    factories.entry(occurred_at=NOW + dt.timedelta(hours=1))

    assert numbers(turn(page=older)) == entries[3:6]


@pytest.mark.parametrize(
    "mark", ["2", "x", "older-20260302T090000.000000-", "older-20269999T000000.0-1", "later-20260302T090000.000000-1"]
)
def test_a_mark_that_cannot_be_read_leads_to_the_first_page(entries: list[int], mark: str) -> None:
    assert numbers(turn(page=mark)) == entries[:3]


def test_nothing_makes_one_empty_page() -> None:
    assert turn() == paging.Turn([], "", "")


def test_counting_stops_where_nobody_reads_on(entries: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert counted(Entry.objects.all()) == (7, False)

    monkeypatch.setattr(paging, "MOST_COUNTED", 5)

    assert counted(Entry.objects.all()) == (5, True)
