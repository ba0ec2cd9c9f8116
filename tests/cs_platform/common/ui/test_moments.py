from __future__ import annotations

import datetime as dt

import pytest
from django.template import Context
from django.utils import timezone

from cs_platform.common.ui import moments

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
PAGE = Context({"now": NOW})


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "just now"),
        (-12, "12 min ago"),
        (-300, "5 h ago"),
        (-13 * 60, "yesterday"),
        (-3 * 24 * 60, "3 days ago"),
        (-70 * 24 * 60, "12 Sep 2026"),
        (1, "in 1 min"),
        (180, "in 3 h"),
        (25 * 60, "tomorrow"),
    ],
)
def test_an_instant_is_told_by_its_distance_until_that_says_too_little(minutes: int, shown: str) -> None:
    assert f">{shown}</time>" in moments.when(PAGE, NOW + dt.timedelta(minutes=minutes))


def test_the_exact_instant_is_in_the_title_in_the_readers_zone() -> None:
    with timezone.override("Europe/Amsterdam"):
        drawn = moments.when(PAGE, NOW - dt.timedelta(hours=2))

    assert 'title="21 Nov 2026, 11:00 CET"' in drawn
    assert 'datetime="2026-11-21T10:00:00+00:00"' in drawn


@pytest.mark.parametrize(
    ("days", "shown"), [(0, "today"), (-1, "yesterday"), (1, "tomorrow"), (14, "in 14 days"), (74, "3 Feb 2027")]
)
def test_a_day_is_told_by_its_distance(days: int, shown: str) -> None:
    assert f">{shown}</time>" in moments.when(PAGE, NOW.date() + dt.timedelta(days=days))


def test_a_date_has_its_distance_in_the_title() -> None:
    drawn = moments.day(PAGE, dt.date(2027, 2, 3))

    assert drawn == '<time class="num" datetime="2027-02-03" title="in 74 days">3 Feb 2027</time>'


def test_a_day_counts_from_the_organizations_today_and_an_instant_from_the_readers() -> None:
    late = dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC)
    page = Context({"now": late, "business_date": lambda: dt.date(2026, 11, 21)})

    with timezone.override("Asia/Tokyo"):
        assert ">tomorrow</time>" in moments.when(page, dt.date(2026, 11, 22))
        assert "22 Nov 2026, 08:30" in moments.when(page, late)


def test_what_never_happened_is_a_dash() -> None:
    assert ">–</span>" in moments.when(PAGE, None)
    assert ">never</span>" in moments.day(PAGE, None, "never")


def test_a_time_of_day_carries_its_date() -> None:
    assert moments.clock_time(NOW).startswith('<time class="num" datetime="2026-11-21T12:00:00+00:00" title="21 Nov')


@pytest.mark.parametrize(
    ("days", "shown"), [(371, "in 371 days"), (1, "tomorrow"), (0, "today"), (-400, "400 days ago")]
)
def test_a_distance_is_told_however_far_the_day_is(days: int, shown: str) -> None:
    day = NOW.date() + dt.timedelta(days=days)

    assert f">{shown}</time>" in moments.distance(PAGE, day)
    assert moments.day_text(day) in moments.distance(PAGE, day)


def test_no_day_has_no_distance() -> None:
    assert ">–<" in moments.distance(PAGE, None)
