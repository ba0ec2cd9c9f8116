"""Several callers who write the same accounts and contacts at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import Account, ExternalId
from contacts.models import Membership, Person
from cs_platform.common.acting import act
from tests import factories
from tests.fixtures import ApiClient

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS, ROUNDS, NAMES, ROWS = 8, 6, 40, 20


def at_once(call: Callable[[int], Any]) -> Counter[int]:
    """Let eight threads go through `call` at once, and count the statuses of their answers."""
    statuses, line = Counter[int](), threading.Barrier(CALLERS)

    def run(caller: int) -> None:
        line.wait()
        for number in range(ROUNDS):
            statuses[call(caller * ROUNDS + number).status_code] += 1
        connection.close()

    threads = [threading.Thread(target=run, args=[caller]) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def shuffled(number: int) -> list[int]:
    """Return half of the names in an order that depends on `number`."""
    step = (3, 7)[number // ROUNDS % 2]
    return [(number % ROUNDS + step * place) % NAMES for place in range(ROWS)]


@pytest.fixture
def secret() -> str:
    return factories.token(user=factories.user(bundle="administrator"), scopes=("accounts:write", "contacts:write"))


def test_accounts_in_bulk_are_each_made_once_whatever_their_order(secret) -> None:
    def call(number: int) -> Any:
        rows = [
            {"external_id": f"a{n}", "name": f"Name {number}", "parent": f"a{n - 1}" if n else ""}
            for n in shuffled(number)
        ]
        return ApiClient(secret).send("POST", "accounts/bulk-upsert", {"system": "crm", "rows": rows})

    assert at_once(call) == {200: CALLERS * ROUNDS}
    assert Account.objects.count() == ExternalId.objects.count() <= NAMES


def test_contacts_in_bulk_are_each_made_once_whatever_their_order(secret) -> None:
    account = factories.account()
    ExternalId.objects.create(system="crm", kind="account", external_id="here", object_id=account.pk)

    def call(number: int) -> Any:
        rows = [
            {"external_id": f"c{n}", "account": "here", "email": f"c{n}@acme.example", "title": f"Title {number}"}
            for n in shuffled(number)
        ]
        return ApiClient(secret).send("POST", "contacts/bulk-upsert", {"system": "crm", "rows": rows})

    assert at_once(call) == {200: CALLERS * ROUNDS}
    assert Person.objects.count() == Membership.objects.count() <= NAMES


def test_one_account_written_singly_by_all_is_made_once(secret) -> None:
    def call(number: int) -> Any:
        return ApiClient(secret).send("PUT", "accounts/by-external/crm/one", {"name": f"Name {number}"})

    assert at_once(call) == {201: 1, 200: CALLERS * ROUNDS - 1}


def test_families_that_change_at_once_never_become_a_loop(secret) -> None:
    rows = [{"external_id": f"a{n}", "name": "A"} for n in range(NAMES)]
    ApiClient(secret).send("POST", "accounts/bulk-upsert", {"system": "crm", "rows": rows})

    def call(number: int) -> Any:
        child, parent = number % NAMES, (number * 5 + 1) % NAMES
        return ApiClient(secret).send(
            "PUT", f"accounts/by-external/crm/a{child}", {"name": "A", "parent": f"a{parent}"}
        )

    assert set(at_once(call)) == {200, 400}
    parents = dict(Account.objects.values_list("pk", "parent_id"))
    assert all(_reaches_a_root(pk, parents) for pk in parents)


def _reaches_a_root(pk: int | None, parents: Mapping[int, int | None]) -> bool:
    for _ in range(len(parents) + 1):
        if pk is None:
            return True
        pk = parents[pk]
    return False


def test_a_server_that_went_away_is_not_asked_again() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise OperationalError("The server went away.")

    with pytest.raises(OperationalError):
        act(fail, actor="ada")
    assert len(tries) == 1
