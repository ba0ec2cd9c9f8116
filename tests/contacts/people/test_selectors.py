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

    order = [column.order_by() for column in selectors.BY_IMPORTANCE]
    found = list(selectors.people_of(account.pk).order_by(*order))

    assert found == [admin, plain, retired]


def test_a_stakeholder_carries_all_that_the_page_says(django_assert_num_queries) -> None:
    account = factories.account()
    for _ in range(5):
        factories.membership(account=account)
    admin = factories.membership(account=account, roles=["gitlab_admin", "economic_buyer"], access="owner")
    factories.sold_to(account=account, person=admin.person)
    factories.entry(account=account, person_ref=admin.person_id, occurred_at=NOW - dt.timedelta(days=3))
    suppress(addresses=[str(admin.person.email)], reason=Reason.HARD_BOUNCE, source="bounce", now=NOW)

    order = [column.order_by() for column in selectors.BY_IMPORTANCE]
    with django_assert_num_queries(5):
        people = list(selectors.people_of(account.pk).order_by(*order))
        found = stakeholders(people, account_id=account.pk, now=NOW)

    first = found[0]
    assert (first.contact.membership, first.contact.is_sold_to, first.suppression) == (admin, True, "hard_bounce")
    assert [role.label for role in first.contact.roles] == ["GitLab Admin", "Economic Buyer"]
    assert first.contact.last_activity_at == NOW - dt.timedelta(days=3)
    assert len(found) == 6
