"""When we came to know is the database's word: with real transactions side by side, and clocks that run apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.book.operations import AccountRow, upsert_accounts
from accounts.contracts import operations as contracts
from accounts.models import Account, AccountSpan, Change, Line
from contacts.models import MembershipSpan
from cs_platform.common import clock
from cs_platform.common.acting import acting
from cs_platform.common.changes import changes
from cs_platform.common.models import Clock
from tests import factories

apart = pytest.mark.parametrize("ahead", [-300, -2, 2, 300], ids=lambda seconds: f"{seconds:+} s")


def database_time() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (now,) = cursor.fetchone()
    return now


@contextmanager
def another_host() -> Iterator[Any]:
    """Yield the connection of another process, in a transaction that its block commits."""
    with closing(connection.copy()) as other:
        other.ensure_connection()
        other.set_autocommit(False)
        yield other


@contextmanager
def host_clock(monkeypatch: pytest.MonkeyPatch, *, ahead: int) -> Iterator[None]:
    """Let this host's clock be off by so many seconds."""
    real = timezone.now
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: real() + dt.timedelta(seconds=ahead))
        yield


def history(account: Account) -> list[tuple[str, bool]]:
    """Return what was ever believed of the industry from then on, in the order of learning; and whether it still is."""
    spans = AccountSpan.objects.filter(account=account, valid__upper_inf=True).order_by("known")
    return [(span.facts["industry"], span.known.upper is None) for span in spans]


@pytest.mark.django_db(transaction=True)
@apart
def test_two_hosts_whose_clocks_differ_keep_one_order(monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    account = factories.account(industry="Retail")
    subscription = factories.subscription(account=account)
    term = contracts.Term(subscription.pk, "Premium", 10, Decimal(100), dt.date(2026, 1, 1))
    before = database_time()
    for host, industry, seats in ((ahead, "Banking", 20), (0, "Energy", 30), (ahead, "Health", 40)):
        with host_clock(monkeypatch, ahead=host), acting(actor=f"host {host}"):
            Account.objects.filter(pk=account.pk).update(industry=industry)
            contracts.record_lines(
                terms=[contracts.Term(term.subscription_id, "Premium", seats, Decimal(100), term.since)]
            )
    after = database_time()

    assert history(account) == [("Retail", False), ("Banking", False), ("Energy", False), ("Health", True)]
    lines = list(Line.objects.order_by("known"))
    assert [line.seats for line in lines] == [20, 30, 40]
    assert [one.known.upper for one in lines[:2]] == [other.known.lower for other in lines[1:]]
    account.refresh_from_db()
    assert before < account.changed_at < after
    changed = list(Change.objects.filter(table_name="accounts_account").order_by("changed_at"))
    assert [change.pk for change in changed] == sorted(change.pk for change in changed)


@pytest.mark.django_db(transaction=True)
def test_an_edit_made_while_an_import_runs_stays_in_the_history() -> None:
    """The import began before the edit and writes after it, under whatever time it once read."""
    account = factories.account(industry="Retail")
    with another_host() as the_import, the_import.cursor() as cursor:
        cursor.execute("select now()")
        with acting(actor="csm@keel.example"):
            Account.objects.filter(pk=account.pk).update(industry="Banking")
        edited = database_time()
        cursor.execute("update accounts_account set industry = 'Energy' where id = %s", [account.pk])
        the_import.commit()

    assert history(account) == [("Retail", False), ("Banking", False), ("Energy", True)]
    known = AccountSpan.objects.get(account=account, valid__contains=edited, known__contains=edited)
    assert known.facts["industry"] == "Banking"


@pytest.mark.django_db(transaction=True)
def test_a_write_that_waited_for_the_row_is_later_than_the_one_it_waited_for() -> None:
    account = factories.account(industry="Retail")
    with another_host() as first, first.cursor() as cursor:
        cursor.execute("update accounts_account set industry = 'Banking' where id = %s", [account.pk])
        with another_host() as second, second.cursor() as waiting:
            waiting.execute("select now()")
            first.commit()
            waiting.execute("update accounts_account set industry = 'Energy' where id = %s", [account.pk])
            second.commit()

    assert history(account) == [("Retail", False), ("Banking", False), ("Energy", True)]


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_an_import_of_many_chunks_misses_no_row() -> None:
    """Chunks commit one by one, each with rows stamped long before; the reader asks with the last `as_of` each time."""
    for chunk in range(4):
        factories.account(name=f"slow {chunk}")
    known, as_of = set[str](), changes(Account.objects.all(), limit=1000).as_of
    for chunk in range(4):
        rows = [AccountRow(external_id=f"{chunk}-{n}", facts={"name": f"{chunk}-{n}"}) for n in range(3)]
        with another_host() as slow, slow.cursor() as cursor:
            cursor.execute("update accounts_account set industry = 'Slow' where name = %s", [f"slow {chunk}"])
            upsert_accounts(system="crm", rows=rows, viewer=None, today=dt.date(2026, 11, 28))
            found = changes(Account.objects.all(), limit=1000, modified_since=as_of)
            given = {row.name for row in found.rows if not row.name.startswith("slow") or row.industry}
            known, as_of = known | given, found.as_of
            slow.commit()
    found = changes(Account.objects.all(), limit=1000, modified_since=as_of)

    assert known | {row.name for row in found.rows} == set(Account.objects.values_list("name", flat=True))


@pytest.mark.django_db
@apart
def test_the_feed_is_dated_by_the_database_whatever_the_hosts_clock_says(
    monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    before = database_time()
    with host_clock(monkeypatch, ahead=ahead):
        as_of = changes(Account.objects.all(), limit=1).as_of

    assert dt.timedelta() <= before - as_of < dt.timedelta(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_what_is_recorded_never_runs_backwards_for_a_row() -> None:
    account, contact = factories.account(industry="Retail"), factories.membership(roles=[])
    subscription = factories.subscription(account=account)
    since = dt.date(2026, 1, 1)
    contracts.record_lines(terms=[contracts.Term(subscription.pk, "Premium", 10, Decimal(100), since)])
    account.refresh_from_db()
    before, a_year_ago = account.changed_at, database_time() - dt.timedelta(days=365)
    with clock.recording_at(a_year_ago):
        Account.objects.filter(pk=account.pk).update(industry="Banking")
        type(contact).objects.filter(pk=contact.pk).update(roles=["gitlab_admin"])
        contracts.record_lines(terms=[contracts.Term(subscription.pk, "Premium", 20, Decimal(100), since)])

    account.refresh_from_db()
    assert account.changed_at > before
    assert history(account) == [("Retail", False), ("Banking", True)]
    roles = [span.facts["roles"] for span in MembershipSpan.objects.filter(valid__upper_inf=True).order_by("known")]
    assert roles == [[], ["gitlab_admin"]]
    assert [line.seats for line in Line.objects.order_by("known")] == [10, 20]


@pytest.mark.django_db
def test_what_one_transaction_says_twice_is_one_belief() -> None:
    """Nobody saw what it said first; an import of a new account would leave five spans otherwise."""
    with transaction.atomic():
        account = factories.account(industry="Retail")
        with transaction.atomic():
            Account.objects.filter(pk=account.pk).update(industry="Banking")

    assert history(account) == [("Banking", True)]


@pytest.mark.django_db
def test_the_moved_clock_of_a_demo_moves_what_is_recorded() -> None:
    Clock.objects.create(pk=1, moved=dt.timedelta(days=40))
    account = factories.account()
    account.refresh_from_db()

    ahead = account.changed_at - database_time()
    assert dt.timedelta(days=39, hours=23) < ahead <= dt.timedelta(days=40)
    assert account.changed_at - changes(Account.objects.all(), limit=1).as_of < dt.timedelta(minutes=5)
