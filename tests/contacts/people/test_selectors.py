import datetime as dt

import pytest

from contacts.consent.operations import Reason, suppress
from contacts.consent.selectors import stakeholders
from contacts.people import selectors
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_people_with_roles_come_first_and_retired_ones_last() -> None:
    account = factories.account()
    plain = factories.membership(account=account)
    retired = factories.membership(account=account, roles=["gitlab_admin"], is_active=False)
    admin = factories.membership(account=account, roles=["gitlab_admin"])

    found = [contact.membership for contact in selectors.contacts_of(account.pk)]

    assert found == [admin, plain, retired]


def test_a_stakeholder_carries_all_that_the_page_says(django_assert_num_queries) -> None:
    account = factories.account()
    for _ in range(5):
        factories.membership(account=account)
    admin = factories.membership(account=account, roles=["gitlab_admin", "economic_buyer"], access="owner")
    factories.sold_to(account=account, person=admin.person)
    factories.entry(account=account, person_ref=admin.person_id, occurred_at=NOW - dt.timedelta(days=3))
    suppress(addresses=[str(admin.person.email)], reason=Reason.HARD_BOUNCE, source="bounce", now=NOW)

    with django_assert_num_queries(5):
        found = stakeholders(account.pk, now=NOW)

    first = found[0]
    assert (first.contact.membership, first.contact.is_sold_to, first.suppression) == (admin, True, "hard_bounce")
    assert [role.label for role in first.contact.roles] == ["GitLab Admin", "Economic Buyer"]
    assert first.contact.last_activity_at == NOW - dt.timedelta(days=3)
    assert len(found) == 6


def test_an_account_is_reached_through_an_admin_or_through_whoever_bought(ada) -> None:
    with_admin, with_buyer, without = (factories.account(name=name) for name in ("Admin", "Buyer", "Nobody"))
    factories.membership(account=with_admin, roles=["gitlab_admin"])
    buyer = factories.membership(account=with_buyer)
    factories.sold_to(account=with_buyer, person=buyer.person)
    factories.membership(account=without, roles=["economic_buyer"])

    assert list(selectors.unreachable_accounts(ada)) == [without]
    assert selectors.coverage(ada) == selectors.Coverage(reached=2, total=3)


@pytest.mark.parametrize("lost", [{"is_active": False}, {"person__email": None}, {"person__erased_at": NOW}])
def test_an_admin_who_cannot_be_written_to_reaches_nobody(ada, lost) -> None:
    person = {name.removeprefix("person__"): value for name, value in lost.items() if name.startswith("person__")}
    own = {name: value for name, value in lost.items() if not name.startswith("person__")}
    factories.membership(person=factories.person(**person), roles=["gitlab_admin"], **own)

    assert selectors.coverage(ada) == selectors.Coverage(reached=0, total=1)


def test_accounts_that_left_are_not_counted(ada) -> None:
    factories.account(stage="churned")

    assert selectors.coverage(ada) == selectors.Coverage(reached=0, total=0)


def test_public_sector_accounts_are_counted_for_those_who_may_see_them(ada, ben, eve) -> None:
    factories.account(is_pubsec=True)

    assert [selectors.coverage(user).total for user in (ada, ben, eve)] == [1, 0, 0]
