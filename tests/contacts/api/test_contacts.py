from typing import Any

import pytest

from accounts.models import Account
from contacts.models import Membership, RoleChange, SoldTo
from contacts.people.operations import change_contact, record_sold_to
from tests import factories
from tests.factories import TODAY

pytestmark = pytest.mark.django_db

ACCOUNT, CONTACT = "0013000000abcDEAAY", "0033000000xyzPQ"
BY_ID = f"contacts/by-external/salesforce/{CONTACT}"


@pytest.fixture
def acme(db) -> Account:
    made = factories.account(name="Acme")
    factories.external_id(row=made, kind="account", name=ACCOUNT)
    return made


def body(**changes: Any) -> dict[str, Any]:
    plain = {"account": ACCOUNT, "email": "Pat@Customer.example", "first_name": "Pat", "gitlab_roles": ["GitLab Admin"]}
    return {**plain, **changes}


def codes(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["fields"]) for error in answer.json()["errors"]]


def test_a_contact_is_added_changed_and_left_alone_by_its_salesforce_id(ada, caller, acme) -> None:
    api = caller(ada)

    added, same = api.send("PUT", BY_ID, body()), api.send("PUT", BY_ID, body())
    changed = api.send("PUT", BY_ID, {"title": "Engineer", "sold_to_since": "2026-01-31"})

    assert [(a.status_code, a.json()["created"], a.json()["changed"]) for a in (added, same, changed)] == [
        (201, True, False), (200, False, False), (200, False, True),
    ]  # fmt: skip
    shown = changed.json()
    assert (shown["email"], shown["title"], shown["is_sold_to"]) == ("pat@customer.example", "Engineer", True)
    assert (shown["gitlab_roles"], shown["account_id"]) == (["gitlab_admin"], str(acme.uuid))
    membership = Membership.objects.get()
    assert (membership.source, RoleChange.objects.get().source) == ("salesforce", "salesforce")
    assert SoldTo.objects.get().person == membership.person


@pytest.mark.parametrize(
    "said", [["gitlab_admin", "economic_buyer"], ["Economic Buyer", "gitlab admin"], "GitLab Admin;Economic Buyer"]
)
def test_roles_are_set_by_key_or_label_or_as_salesforce_writes_them(ada, caller, acme, said) -> None:
    api = caller(ada)
    api.send("PUT", BY_ID, body(gitlab_roles=[]))

    answer = api.send("PUT", f"{BY_ID}/roles", {"gitlab_roles": said})

    assert answer.status_code == 200
    assert answer.json()["gitlab_roles"] == ["economic_buyer", "gitlab_admin"]
    assert answer.json()["changed"] is True
    assert Membership.objects.get().roles == ["economic_buyer", "gitlab_admin"]
    assert api.send("PUT", f"{BY_ID}/roles", {"gitlab_roles": said}).json()["changed"] is False


def test_roles_are_set_of_contacts_that_are_known(ada, caller, acme) -> None:
    answer = caller(ada).send("PUT", f"{BY_ID}/roles", {"gitlab_roles": []})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gitlab_roles": ["Wizard"]}, [("unknown_role", ["gitlab_roles"])]),
        ({"email": "nobody"}, [("bad_address", ["email"])]),
        ({"account": "0013000000abcDFAAY"}, [("unknown_account", ["account"])]),
        ({"account_id": "0190aaaa-0000-7000-8000-000000000000"}, [("named_twice", ["account_id"])]),
        ({"access": "king"}, [("invalid_choice", ["access"])]),
        ({"roles": ["GitLab Admin"]}, [("unknown_field", ["roles"])]),
    ],
)
def test_what_is_wrong_is_told_by_its_field(ada, caller, acme, changes, expected) -> None:
    answer = caller(ada).send("PUT", BY_ID, body(**changes))

    assert (answer.status_code, codes(answer)) == (400, expected)
    assert not Membership.objects.exists()


def test_a_contact_may_name_its_account_by_our_own_id(ada, caller, acme) -> None:
    said = body(account_id=str(acme.uuid))
    del said["account"]

    assert caller(ada).send("PUT", BY_ID, said).status_code == 201


def test_contacts_of_hidden_accounts_are_nowhere(ada, ben, caller) -> None:
    hidden = factories.account(is_pubsec=True)
    factories.external_id(row=hidden, kind="account", name=ACCOUNT)
    membership = factories.membership(account=hidden)
    factories.external_id(row=membership, kind="contact", name="0033000000xyzPQAA2")
    api = caller(ben)

    assert api.get(f"/api/v1/contacts/{membership.uuid}").status_code == 404
    assert api.get("/api/v1/contacts").json()["data"] == []
    assert api.send("PUT", f"{BY_ID}/roles", {"gitlab_roles": ["gitlab_admin"]}).status_code in (403, 404)
    assert api.send("PUT", "contacts/by-external/salesforce/0033000000newAA", body()).status_code == 403
    assert Membership.objects.get().roles == []


def test_a_bulk_answers_row_by_row_and_in_few_statements(ada, caller, acme, django_assert_max_num_queries) -> None:
    rows = [
        {
            "external_id": f"C{n}",
            "account_id": str(acme.uuid),
            "email": f"p{n}@customer.example",
            "gitlab_roles": ["GitLab Admin"],
        }
        for n in range(198)
    ]
    bad = [{"external_id": "C198", "account": "nowhere"}, {"external_id": "C199", "email": "nobody"}]
    api = caller(ada)

    with django_assert_max_num_queries(60):
        answer = api.send("POST", "contacts/bulk-upsert", {"system": "crm", "rows": [*rows, *bad]})

    results = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(200))
    assert [result["success"] for result in results] == [True] * 198 + [False] * 2
    assert [result["errors"][0]["code"] for result in results[198:]] == ["unknown_account", "bad_address"]
    assert Membership.objects.with_role("gitlab_admin").count() == 198


@pytest.mark.django_db(transaction=True)
def test_a_contact_is_told_again_when_the_person_or_an_order_changes(ada, caller) -> None:
    membership = factories.membership()
    api = caller(ada)
    cursor = api.get("/api/v1/contacts").json()["next_cursor"]

    def told() -> list[str]:
        nonlocal cursor
        page = api.get(f"/api/v1/contacts?cursor={cursor}").json()
        cursor = page["next_cursor"]
        return [row["title"] for row in page["data"]]

    assert told() == []
    change_contact(membership=membership, title="Engineer")
    assert told() == ["Engineer"]
    record_sold_to(account=membership.account, person=membership.person, source="order", ordered_date=TODAY)
    assert told() == ["Engineer"]
    assert told() == []
