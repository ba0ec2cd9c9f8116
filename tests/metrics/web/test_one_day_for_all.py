"""A day begins and a month closes in the organization's zone: for everybody, on pages and in the API."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account, User
from cs_platform.common import clock
from metrics.models import Milestone
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

# 1 April, half past one in the morning, in Auckland; 31 March in Honolulu and in UTC.
INSTANT = dt.datetime(2026, 3, 31, 12, 30, tzinfo=dt.UTC)
TODAY = dt.date(2026, 4, 1)
ZONES = ("Pacific/Honolulu", "UTC", "Pacific/Kiritimati")


@pytest.fixture(autouse=True)
def _the_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.organisation(zone="Pacific/Auckland")
    monkeypatch.setattr(timezone, "now", lambda: INSTANT)


@pytest.fixture
def viewers(db: None) -> list[User]:
    return [factories.user(bundle="program_manager", zone=zone) for zone in ZONES]


def customer(days_ago: int) -> Account:
    """Return an account whose clock started so many days ago and which pays; it renews in the same number of days."""
    since = TODAY - dt.timedelta(days=days_ago)
    account = factories.account(contract_date=since, renewal_date=TODAY + dt.timedelta(days=days_ago))
    Milestone.objects.create(
        account=account, kind="onboarding_started", reached_date=since, source="csm", recorded_at=INSTANT
    )
    factories.line(account=account, since=since, arr=Decimal(100))
    return account


def test_the_day_is_the_organizations() -> None:
    assert clock.today() == TODAY
    assert clock.date_of(INSTANT - dt.timedelta(hours=2)) == TODAY - dt.timedelta(days=1)
    assert clock.start_of(TODAY) == dt.datetime(2026, 3, 31, 11, tzinfo=dt.UTC)


def test_people_far_apart_and_the_api_see_the_same_figures_in_the_same_minute(
    viewers: list[User], browser_of: Browser, caller: Any
) -> None:
    for days_ago in (29, 30, 31, 44, 45, 46, 89, 90, 91):
        customer(days_ago)

    seen: list[tuple[Any, ...]] = []
    for viewer in viewers:
        browser = browser_of(viewer)
        value = browser.get("/metrics/time-to-value/").context
        retention = browser.get("/metrics/retention/").context
        soon = browser.get("/accounts/", {"renewal": "soon"}).context
        answered = caller(viewer).get("/api/v1/metrics/time-to-value").json()
        months = caller(viewer).get("/api/v1/metrics/retention").json()["months"]
        seen.append(
            (
                value["asked"].today,
                value["figures"].figure,
                retention["asked"].ends,
                len(list(soon["page"])),
                answered["figure"],
                [month["month_end"] for month in months],
            )
        )

    assert seen[0] == seen[1] == seen[2]
    today, _, ends, _, _, month_ends = seen[0]
    assert (today, ends[-1], month_ends[-1]) == (TODAY, dt.date(2026, 3, 31), "2026-03-31")


def test_a_day_of_knowing_ends_with_the_organizations_evening(viewers: list[User], browser_of: Browser) -> None:
    for viewer in viewers:
        asked = browser_of(viewer).get("/metrics/retention/", {"known": "2026-03-20"}).context["asked"]
        assert asked.as_known_at == dt.datetime(2026, 3, 20, 11, tzinfo=dt.UTC)
