"""What Home says of files taken in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cs_platform.integrations.models import ImportRun
from metrics.reports.selectors.news import latest_news
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def taken_in(**fields: Any) -> ImportRun:
    plain = {
        "kind": "accounts", "file_name": "accounts.csv", "state": "done", "created": 300, "changed": 12, "refused": 2,
        "requested_at": NOW, "finished_at": NOW,
    }  # fmt: skip
    return ImportRun.objects.create(**{**plain, **fields})


def test_home_says_what_was_taken_in_and_what_was_refused(ada) -> None:
    run = taken_in(by=ada)
    taken_in(is_dry_run=True)
    taken_in(state="running", finished_at=None)
    taken_in(finished_at=NOW - dt.timedelta(days=30))

    (news,) = latest_news(ada, now=NOW)

    assert (news.text, news.note, news.url_key) == ("Imported 312 rows from accounts.csv, 2 refused", ada.name, run.pk)


def test_a_file_that_could_not_be_read_is_told_too(ada) -> None:
    taken_in(state="failed", created=0, changed=0, refused=0)

    assert [news.text for news in latest_news(ada, now=NOW)] == ["Import of accounts.csv failed"]


def test_whoever_may_not_import_hears_nothing_of_it(ben) -> None:
    taken_in()

    assert latest_news(ben, now=NOW) == []
