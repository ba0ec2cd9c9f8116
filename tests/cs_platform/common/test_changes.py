"""The change feed loses nothing, whoever commits when: shown with real transactions side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from cs_platform.common.changes import BadCursor, Changes, Position, changes, position
from tests import factories


def page(after: Position | None = None, *, limit: int = 100, **options: Any) -> Changes[Account]:
    return changes(Account.objects.all(), after=after, limit=limit, **options)


def names(found: Changes[Account]) -> list[str]:
    return [account.name for account in found.rows]


@contextmanager
def slow_writer(name: str) -> Iterator[Any]:
    """Rename every account with this name in a transaction that stays open until the block says commit."""
    with closing(connection.copy()) as other:
        other.ensure_connection()
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("update accounts_account set industry = 'Slow' where name = %s", [name])
        yield other


@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_given_to_whoever_read_meanwhile() -> None:
    early, late = factories.account(name="early"), factories.account(name="late")
    start = page().next

    with slow_writer("late") as writer:
        # It was stamped before the other row and is seen after it.
        Account.objects.filter(pk=early.pk).update(industry="Fast")
        meanwhile = page(start)
        writer.commit()
    after = page(meanwhile.next)

    assert names(meanwhile) == []
    assert sorted(names(after)) == ["early", "late"]
    assert names(page(after.next)) == []
    assert late.pk in {account.pk for account in after.rows}


@pytest.mark.django_db(transaction=True)
def test_a_reader_by_time_who_goes_on_from_as_of_misses_nothing_either() -> None:
    factories.account(name="late")
    with slow_writer("late") as writer:
        with writer.cursor() as cursor:
            cursor.execute("select changed_at from accounts_account where name = 'late'")
            (stamped,) = cursor.fetchone()
            cursor.execute("select pg_sleep(0.2)")
        meanwhile = changes(Account.objects.all(), limit=10)
        writer.commit()

    assert meanwhile.as_of < stamped
    later = changes(Account.objects.all(), limit=10, modified_since=meanwhile.as_of)
    assert names(later) == ["late"]


@pytest.mark.django_db(transaction=True)
def test_reading_page_by_page_gives_every_row_once_in_the_order_of_change() -> None:
    made = [factories.account(name=f"{number}") for number in range(7)]
    Account.objects.filter(pk=made[2].pk).update(industry="Changed")

    seen: list[str] = []
    after = None
    while True:
        found = page(after, limit=3)
        seen += names(found)
        after = found.next
        if not found.has_more:
            break

    assert seen == ["0", "1", "3", "4", "5", "6", "2"]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_changes_again_comes_again() -> None:
    account = factories.account(name="Acme")
    first = page()
    Account.objects.filter(pk=account.pk).update(industry="Retail")

    assert (names(first), names(page(first.next))) == (["Acme"], ["Acme"])


@pytest.mark.django_db(transaction=True)
def test_many_rows_of_one_transaction_are_not_cut_short_by_a_page() -> None:
    Account.objects.bulk_create(Account(name=f"{number}") for number in range(5))

    first = page(limit=2)
    rest = page(first.next, limit=10)

    assert names(first) + names(rest) == ["0", "1", "2", "3", "4"]


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_as_it_went(xid: int, row: int) -> None:
    assert position(str(Position(xid, row))) == Position(xid, row)


@given(st.text(max_size=30))
def test_what_is_no_cursor_is_refused_or_read_as_one(text: str) -> None:
    try:
        found = position(text)
    except BadCursor:
        return
    assert 0 <= found.xid < 2**63
