"""Pages and syncs that write the same people lock them in one order, so the database ends nobody."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import ExternalId, User
from accounts.web import middleware
from contacts.models import Membership
from cs_platform.common import acting, outbox
from tests import factories
from tests.fixtures import ApiClient, Browser

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, ROUNDS = 12, 15


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a note for each time somebody had to try again."""
    tries: list[int] = []
    monkeypatch.setattr(acting, "make_way", tries.append)
    monkeypatch.setattr(middleware, "make_way", tries.append)
    return tries


@pytest.fixture
def members(db: None) -> list[Membership]:
    """Return the contacts of one account, each of whom is at another account as well."""
    home, other = factories.account(name="Acme"), factories.account(name="Umbrella")
    found = []
    for number in range(PEOPLE):
        person = factories.person(first_name="Ann", email=f"ann{number}@acme.example")
        factories.membership(person=person, account=other)
        found.append(factories.membership(person=person, account=home))
    names = [("account", "acme", home.pk), *(("contact", f"c{n}", member.pk) for n, member in enumerate(found))]
    ExternalId.objects.bulk_create(
        ExternalId(system="crm", kind=kind, external_id=name, object_id=pk) for kind, name, pk in names
    )
    outbox.drain()
    return found


def at_once(*calls: Callable[[int], Any]) -> Counter[int]:
    """Let each call run `ROUNDS` times in a thread of its own, and count the statuses of all answers."""
    statuses, line = Counter[int](), threading.Barrier(len(calls))

    def run(call: Callable[[int], Any]) -> None:
        line.wait()
        for number in range(ROUNDS):
            statuses[call(number).status_code] += 1
        connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_pages_and_syncs_that_change_the_same_people_do_not_stand_in_each_others_way(
    browser_of: Browser, ada: User, members: list[Membership], met: list[int]
) -> None:
    token = factories.token(user=factories.user(bundle="administrator"), scopes=("contacts:write",))
    browser, api = browser_of(ada), ApiClient(token)

    def name_on_the_page(number: int) -> Any:
        member = members[number % PEOPLE]
        typed = {"first_name": f"Ann {number}", "last_name": "Lee", "email": member.person.email}
        return browser.post(f"/contacts/{member.person_id}/edit/", typed)

    def title_by_sync(number: int) -> Any:
        order = range(PEOPLE) if number % 2 else reversed(range(PEOPLE))
        rows = [{"external_id": f"c{n}", "account": "acme", "title": f"Title {number}"} for n in order]
        return api.send("POST", "contacts/bulk-upsert", {"system": "crm", "rows": rows})

    assert at_once(name_on_the_page, title_by_sync, title_by_sync) == {200: 2 * ROUNDS, 302: ROUNDS}
    assert met == []
