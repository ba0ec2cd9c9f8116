"""How many customers can be reached, and mending those that cannot."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from contacts.models import Membership
from cs_platform.common import outbox
from tests import factories
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db

PAGE = "/contacts/coverage/"
# Whether anybody is set up; user, permissions, organisation twice; two counts of the share, one of the pager; accounts;
# contacts, roles, buyers.
QUERIES = 11


@pytest.fixture
def unreached() -> Membership:
    """Somebody without a role at an account nobody can be written to; another account has a buyer, a third an admin."""
    contact = factories.membership(account=factories.account(name="Silent", priority=2))
    buyer = factories.membership(account=factories.account(name="Bought", priority=1))
    factories.sold_to(account=buyer.account, person=buyer.person)
    factories.membership(account=factories.account(name="Fine"), roles=["gitlab_admin"])
    return contact


def listed(client: Client, query: str = "") -> list[str]:
    return [account.name for account in client.get(f"{PAGE}{query}").context["page"]]


def test_it_says_how_many_of_how_many_can_be_reached(browser_of: Browser, ada: User, unreached: Membership) -> None:
    assert "2 of 3 accounts are reachable" in browser_of(ada).get(PAGE).content.decode()


def test_who_cannot_be_reached_is_listed_and_on_request_who_has_no_admin(
    browser_of: Browser, ada: User, unreached: Membership
) -> None:
    client = browser_of(ada)

    assert listed(client) == ["Silent"]
    assert listed(client, "?show=no_admin") == ["Bought", "Silent"]


def test_the_most_important_stand_first(browser_of: Browser, ada: User) -> None:
    for name, priority, arr in (("c", None, 9), ("b", 2, 1), ("a", 1, 1), ("d", 2, 5)):
        factories.account(name=name, priority=priority, arr=arr)

    assert listed(browser_of(ada)) == ["a", "d", "b", "c"]


def test_a_role_given_in_place_reaches_the_account(browser_of: Browser, ada: User, unreached: Membership) -> None:
    client = browser_of(ada)
    assert f'hx-get="/contacts/at/{unreached.pk}/role-editor/"' in client.get(PAGE).content.decode()

    client.post(f"/contacts/at/{unreached.pk}/roles/", {"shown": "", "wanted": "gitlab_admin"})

    assert "3 of 3 accounts are reachable" in client.get(PAGE).content.decode()
    assert "Every account is reachable." in client.get(PAGE).content.decode()


def test_home_asks_for_a_few_rows(browser_of: Browser, ada: User) -> None:
    for _ in range(4):
        factories.account()

    assert len(listed(browser_of(ada), "?rows=3")) == 3


def test_the_fragment_is_the_same_list_as_the_page(browser_of: Browser, ada: User, unreached: Membership) -> None:
    page, part = (browser_of(ada, htmx=part).get(PAGE).content.decode() for part in (False, True))

    assert part.strip().startswith('<section class="card')
    assert part.strip() in page


def test_it_takes_the_same_queries_however_many_accounts(
    browser_of: Browser, ada: User, django_assert_num_queries
) -> None:
    client = browser_of(ada, htmx=True)
    for _ in range(20):
        factories.membership(account=factories.account(csm=ada))

    outbox.drain()

    with django_assert_num_queries(QUERIES):
        client.get(PAGE)


def test_public_sector_accounts_count_for_those_who_may_see_them(browser_of: Browser, ada: User, ben: User) -> None:
    factories.account(name="Town", is_pubsec=True)

    assert listed(browser_of(ada)) == ["Town"]
    assert listed(browser_of(ben)) == []
    assert "0 of 0 accounts" in browser_of(ben).get(PAGE).content.decode()


def test_strangers_learn_nothing(browser_of: Browser, eve: User) -> None:
    assert browser_of(eve).get(PAGE).status_code == 403
