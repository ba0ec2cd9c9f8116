from typing import Any

import pytest

from accounts.segments.selectors import accounts_matching, facts_of
from tests import factories
from tests.factories import TODAY

pytestmark = pytest.mark.django_db


def names(field: str, op: str, *value: Any) -> set[str]:
    condition = {"field": field, "op": op, **({"value": value[0]} if value else {})}
    return set(accounts_matching(condition, today=TODAY).values_list("name", flat=True))


@pytest.fixture(autouse=True)
def _accounts(db) -> None:
    with_admin, with_buyer, _ = (factories.account(name=name) for name in ("admin", "buyer", "nobody"))
    factories.membership(account=with_admin, roles=["gitlab_admin", "economic_buyer"])
    factories.membership(account=with_admin, roles=["gitlab_admin"])
    buyer = factories.membership(account=with_buyer, roles=["economic_buyer"])
    factories.membership(account=with_buyer, roles=["gitlab_admin"], is_active=False)
    factories.sold_to(account=with_buyer, person=buyer.person)


def test_a_condition_can_ask_for_a_gitlab_admin() -> None:
    assert names("has_gitlab_admin", "eq", True) == {"admin"}
    assert names("has_gitlab_admin", "ne", True) == {"buyer", "nobody"}


def test_a_condition_can_ask_whether_anybody_can_be_reached() -> None:
    assert names("is_reachable", "eq", True) == {"admin", "buyer"}


def test_a_condition_can_ask_for_the_roles_people_hold() -> None:
    assert names("contact_roles", "contains", "economic_buyer") == {"admin", "buyer"}
    assert names("contact_roles", "is_not_set") == {"nobody"}


def test_the_roles_held_are_told_once_each() -> None:
    (admin,) = accounts_matching({"field": "name", "op": "eq", "value": "admin"}, today=TODAY)

    facts = facts_of([admin.pk], ["contact_roles"], today=TODAY)

    assert facts == {admin.pk: {"contact_roles": ["economic_buyer", "gitlab_admin"]}}
