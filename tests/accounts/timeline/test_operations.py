import datetime as dt

import pytest

from accounts.models import Entry
from accounts.timeline import operations, selectors
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_an_entry_of_a_repeated_task_is_kept_once() -> None:
    account = factories.account()

    def happened(key: str | None) -> Entry:
        return Entry(account=account, kind="email", subject="Sent", occurred_at=NOW, source_key=key)

    operations.record(entries=[happened("mail:1"), happened("mail:2"), happened(None)])
    operations.record(entries=[happened("mail:2"), happened("mail:3"), happened(None)])

    kept = sorted(entry.source_key or "" for entry in selectors.entries_of(account.pk))
    assert kept == ["", "", "mail:1", "mail:2", "mail:3"]


def test_a_timeline_is_read_newest_first_and_by_kind() -> None:
    account = factories.account()
    old = factories.entry(account=account, occurred_at=NOW - dt.timedelta(days=2), kind="update")
    new = factories.entry(account=account, occurred_at=NOW)
    factories.entry()

    assert list(selectors.entries_of(account.pk)) == [new, old]
    assert list(selectors.entries_of(account.pk, kinds=["update"])) == [old]


def test_only_calls_and_meetings_are_activity() -> None:
    account, silent = factories.account(), factories.account()
    factories.entry(account=account, kind="call", occurred_at=NOW - dt.timedelta(days=9))
    factories.entry(account=account, kind="email", occurred_at=NOW)
    factories.entry(account=silent, kind="update", occurred_at=NOW)

    assert selectors.last_activity_of([account.pk, silent.pk]) == {account.pk: NOW - dt.timedelta(days=9)}
