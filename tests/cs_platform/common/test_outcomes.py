from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.book.operations import AccountRow, upsert_accounts
from accounts.models import Account
from cs_platform.common.outcomes import ATTEMPTS, Outcome, apply_rows
from tests.factories import TODAY


def upsert(name: str) -> Outcome:
    (outcome,) = upsert_accounts(system="crm", rows=[AccountRow("A1", {"name": name})], viewer=None, today=TODAY)
    return outcome


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_outside_name_at_once_end_with_one_row() -> None:
    found: dict[str, Outcome] = {}
    has_added, may_commit = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            found["first"] = upsert("First")
            has_added.set()
            may_commit.wait(10)
        connection.close()

    def second() -> None:
        found["second"] = upsert("Second")
        connection.close()

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert has_added.wait(10)
    threads[1].start()
    # The second waits for the first at the unique index; it cannot be seen waiting but in the server's own list.
    while not _somebody_waits():
        pass
    may_commit.set()
    for thread in threads:
        thread.join(10)

    assert (found["first"].is_created, found["second"].is_created, found["second"].is_changed) == (True, False, True)
    assert Account.objects.get().name == "Second"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_locks where not granted)")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db
def test_what_cannot_be_added_however_often_is_an_error() -> None:
    tries: list[int] = []

    def apply() -> list[Outcome]:
        tries.append(1)
        raise IntegrityError("never")

    with pytest.raises(IntegrityError):
        apply_rows(apply)
    assert len(tries) == ATTEMPTS
