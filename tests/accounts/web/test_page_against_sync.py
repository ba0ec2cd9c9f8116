"""A person edits pages while a system writes the same accounts and contracts: all are answered, nobody is an error."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Account, ExternalId, User
from accounts.tasks import denormalise_contracts
from tests import factories
from tests.fixtures import ApiClient, Browser

pytestmark = pytest.mark.django_db(transaction=True)

NAMES, ROUNDS = 12, 8


@pytest.fixture
def boss(db: None) -> User:
    return factories.user(bundle="administrator")


@pytest.fixture
def accounts(db: None) -> list[Account]:
    made = [factories.account(name=f"A{number}") for number in range(NAMES)]
    for number, account in enumerate(made):
        ExternalId.objects.create(system="crm", kind="account", external_id=f"a{number}", object_id=account.pk)
        factories.line(account=account)
    return made


def side_by_side(*workers: Callable[[int], int]) -> list[Counter[int]]:
    """Let each worker go through its rounds in a thread of its own, at once; return the statuses of each."""
    line, found = threading.Barrier(len(workers)), [Counter[int]() for _ in workers]

    def run(place: int) -> None:
        try:
            line.wait()
            for number in range(ROUNDS):
                found[place][workers[place](number)] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def sync(secret: str, *, backwards: bool) -> Callable[[int], int]:
    """Return a system that sends all accounts in one body, in its own order, and moves them between families."""

    def send(number: int) -> int:
        order = range(NAMES - 1, -1, -1) if backwards else range(NAMES)
        rows: list[dict[str, Any]] = [
            {
                "external_id": f"a{n}",
                "name": f"A{n}",
                "industry": f"Industry {number}",
                "parent": f"a{(n + number) % 3}" if n > 2 else "",
            }
            for n in order
        ]
        return ApiClient(secret).send("POST", "accounts/bulk-upsert", {"system": "crm", "rows": rows}).status_code

    return send


def editor(browser: Client, accounts: list[Account], *, backwards: bool) -> Callable[[int], int]:
    """Return a person who changes the stage and the CSM of one account after another."""

    def edit(number: int) -> int:
        account = accounts[-1 - number if backwards else number]
        browser.post(f"/accounts/{account.pk}/csm/", {"csm": ""})
        stage = Account.objects.get(pk=account.pk).stage
        following = "adoption" if stage == "onboarding" else "optimize"
        return browser.post(f"/accounts/{account.pk}/stage/", {"stage": following}).status_code

    return edit


@pytest.mark.parametrize("backwards", [False, True])
def test_pages_and_syncs_in_both_directions_never_fail(
    boss: User, accounts: list[Account], browser_of: Browser, backwards: bool
) -> None:
    secret = factories.token(user=boss, scopes=("accounts:write",))

    def work(_: int) -> int:
        denormalise_contracts()
        return 200

    found = side_by_side(
        sync(secret, backwards=False),
        sync(secret, backwards=True),
        editor(browser_of(boss), accounts, backwards=backwards),
        editor(browser_of(boss), accounts, backwards=not backwards),
        work,
    )

    assert found[:2] == [{200: ROUNDS}] * 2
    assert found[2:4] == [{302: ROUNDS}] * 2
    assert found[4] == {200: ROUNDS}


def settled_deadlocks() -> int:
    """Return how many deadlocks there were: sessions that end report theirs a moment later, so wait until it rests."""
    seen = [-1, -2]
    while seen[-1] != seen[-2]:
        time.sleep(1)
        with connection.cursor() as cursor:
            cursor.execute("select pg_stat_clear_snapshot()")
            cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
            seen.append(cursor.fetchone()[0])
    return seen[-1]


def test_families_and_rows_are_locked_in_one_order_so_nobody_waits_in_a_circle(
    boss: User, accounts: list[Account]
) -> None:
    """Without the families' lock first, one who moves a family waits for a row whose holder waits for the family."""
    secret = factories.token(user=boss, scopes=("accounts:write",))
    before = settled_deadlocks()

    found = side_by_side(*(sync(secret, backwards=bool(place % 2)) for place in range(4)))

    assert found == [{200: ROUNDS}] * 4
    assert settled_deadlocks() == before
