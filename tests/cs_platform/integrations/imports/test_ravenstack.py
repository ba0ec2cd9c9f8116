"""A customer base that nobody here made up goes in as it is. Skipped where it is not at hand."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.contracts.selectors import arr_on
from accounts.models import Account, Change, Entry, Opportunity, Subscription
from cs_platform.integrations.imports.models import ImportRun
from metrics.models import Reading

FOLDER = Path(__file__).parents[5] / "shared" / "data" / "ravenstack"
FILES = ("accounts", "subscriptions", "churn_events", "usage")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the RavenStack files are not beside this checkout"),
]


def take_in(kind: str, **options: bool) -> ImportRun:
    name = "feature_usage" if kind == "usage" else kind
    call_command("import_csv", kind, str(FOLDER / f"{name}.csv"), stdout=StringIO(), **options)
    return ImportRun.objects.latest("pk")


def test_it_goes_in_whole_but_for_what_contradicts_itself_and_twice_is_once() -> None:
    runs = {kind: take_in(kind) for kind in FILES}

    done = {kind: (run.created, run.refused) for kind, run in runs.items()}
    assert done == {"accounts": (500, 0), "subscriptions": (5000, 0), "churn_events": (600, 0), "usage": (24958, 42)}
    assert set(runs["usage"].problems.values_list("code", flat=True)) == {"contradiction"}
    first = runs["usage"].problems.earliest("line")
    assert (first.line, first.column, first.value) == (24, "usage_id", "U-25b56c")
    assert "line 7576" in first.reason
    assert Account.objects.filter(region="APAC").count() == 81
    assert (Opportunity.objects.count(), Entry.objects.count()) == (600, 600)
    assert Subscription.objects.filter(is_trial=True).count() == 778
    # Three times two records tell of one feature on one day; of the rest each row makes three readings.
    assert Reading.objects.count() == 3 * (24958 - 3)
    its_arr_is_what_its_rows_add_up_to(dt.date(2024, 6, 30))

    before = Change.objects.count()
    again = {kind: take_in(kind) for kind in FILES}
    assert [(run.created, run.changed) for run in again.values()] == [(0, 0)] * 4
    assert Change.objects.count() == before


def its_arr_is_what_its_rows_add_up_to(day: dt.date) -> None:
    rows = [line.split(",") for line in (FOLDER / "subscriptions.csv").read_text().splitlines()[1:]]
    expected = sum(int(row[7]) for row in rows if row[2] <= str(day) and (not row[3] or row[3] >= str(day)))
    assert sum(arr_on(day).values()) == expected > 0
