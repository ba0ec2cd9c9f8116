"""Writers who commit late and readers who never stop: each reader knows the last word on every row."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Count, Q

from accounts.contracts import operations as contracts
from accounts.models import Account, AccountSpan, Line, Subscription
from cs_platform.common.acting import act
from cs_platform.common.changes import Position, changes
from tests import factories
from tests.factories import LONG_AGO

WRITERS, ROWS, LIMIT = 8, 30, 7


def by_cursor(known: dict[int, str], after: Position | None) -> Position:
    page = changes(Account.objects.all(), after=after, limit=LIMIT)
    known |= {row.pk: row.industry for row in page.rows}
    return page.next


class ByTime:
    """Asks for what was modified since the `as_of` of the last time, page by page."""

    def __init__(self) -> None:
        self.since = LONG_AGO

    def read(self, known: dict[int, str]) -> None:
        after, found = None, None
        while found is None or found.has_more:
            found = changes(Account.objects.all(), after=after, limit=LIMIT, modified_since=self.since)
            known |= {row.pk: row.industry for row in found.rows}
            after = found.next
        self.since = found.as_of


def say(subscription: Subscription, *, seats: int) -> None:
    term = contracts.Term(subscription.pk, "Premium", seats, Decimal(seats), subscription.started_date)
    contracts.record_lines(terms=[term])


def guarded(work: Callable[[], None], errors: list[BaseException]) -> Callable[[], None]:
    """Return `work` for a thread: what it raises is told to the test, and its connection is closed."""

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (told to the test)
            errors.append(error)
        finally:
            connection.close()

    return run


@pytest.mark.django_db(transaction=True)
def test_readers_miss_no_row_whoever_commits_when(whole: bool) -> None:
    accounts = [factories.account(name=f"{number}").pk for number in range(ROWS)]
    subscriptions = [factories.subscription(account=Account.objects.get(pk=pk)) for pk in accounts[:5]]
    rounds, running = (400 if whole else 12), threading.Event()
    running.set()
    by_one, by_other = dict[int, str](), dict[int, str]()
    errors: list[BaseException] = []

    def write(writer: int) -> None:
        dice = random.Random(writer)
        for number in range(rounds):
            # In the order of ids, as everybody locks; some transactions linger, and some give up.
            chosen = sorted(dice.sample(accounts, 3))
            with transaction.atomic():
                for pk in chosen:
                    Account.objects.filter(pk=pk).update(industry=f"{writer}.{number}")
                    time.sleep(dice.random() / 200)
                if dice.random() < 0.1:
                    transaction.set_rollback(True)
            act(lambda: say(dice.choice(subscriptions), seats=dice.randint(1, 99)), actor=f"writer {writer}")

    def read_by_cursor() -> None:
        after = None
        while running.is_set():
            after = by_cursor(by_one, after)
        for _ in range(2 * ROWS):
            after = by_cursor(by_one, after)

    def read_by_time() -> None:
        reader = ByTime()
        while running.is_set():
            reader.read(by_other)
        reader.read(by_other)

    writers = [threading.Thread(target=guarded(lambda place=place: write(place), errors)) for place in range(WRITERS)]  # type: ignore[misc]
    readers = [threading.Thread(target=guarded(read, errors)) for read in (read_by_cursor, read_by_time)]
    for thread in (*writers, *readers):
        thread.start()
    for thread in writers:
        thread.join()
    running.clear()
    for thread in readers:
        thread.join()

    there = dict(Account.objects.values_list("pk", "industry"))
    assert errors == []
    assert by_one == there
    assert by_other == there
    _holds_one_belief_at_a_time()


def _holds_one_belief_at_a_time() -> None:
    open_spans = Q(valid__upper_inf=True, known__upper_inf=True)
    spans = AccountSpan.objects.values("account").annotate(still=Count("pk", filter=open_spans))
    assert {row["still"] for row in spans} == {1}
    assert not AccountSpan.objects.filter(Q(known__isempty=True) | Q(valid__isempty=True)).exists()
    assert not Line.objects.filter(known__isempty=True).exists()
    for subscription in Subscription.objects.all():
        known = [line.known for line in Line.objects.filter(subscription=subscription).order_by("known")]
        assert [one.upper for one in known[:-1]] == [other.lower for other in known[1:]]
