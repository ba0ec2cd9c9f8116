import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, Change
from tests import factories

pytestmark = pytest.mark.django_db

SHORT, LONG = "0013000000abcDE", "0013000000abcDEAAY"
BY_ID = f"accounts/by-external/salesforce/{SHORT}"


def codes(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["fields"]) for error in answer.json()["errors"]]


def test_an_account_is_added_changed_and_left_alone_by_its_salesforce_id(ada, caller) -> None:
    api = caller(ada)
    body = {"name": "Acme", "segment": "scale", "contract_date": "2026-01-31", "csm": ada.email, "priority": None}

    added, same = api.send("PUT", BY_ID, body), api.send("PUT", f"accounts/by-external/salesforce/{LONG}", body)
    changed = api.send("PUT", BY_ID, {"name": "Acme AG"})

    assert [answer.status_code for answer in (added, same, changed)] == [201, 200, 200]
    assert [(a.json()["created"], a.json()["changed"]) for a in (added, same, changed)] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip
    shown = changed.json()
    assert (shown["name"], shown["segment"], shown["csm"]) == ("Acme AG", "scale", ada.email)
    assert shown["external_ids"] == [{"system": "salesforce", "external_id": LONG}]
    assert shown["id"] == str(Account.objects.get().uuid)


def test_ids_that_differ_by_case_are_two_accounts(ada, caller) -> None:
    api = caller(ada)
    api.send("PUT", BY_ID, {"name": "Acme"})
    api.send("PUT", f"accounts/by-external/salesforce/{SHORT.swapcase()}", {"name": "Beta"})

    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme", "Beta"]


def test_a_write_is_audited_under_the_name_of_the_tokens_user(ada, caller) -> None:
    caller(ada).send("PUT", BY_ID, {"name": "Acme"})

    change = Change.objects.get(table_name="accounts_account")
    assert (change.actor, change.source) == (ada.email, "salesforce")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "Acme", "nmae": "x"}, [("unknown_field", ["nmae"])]),
        ({"segment": "huge"}, [("invalid_choice", ["segment"])]),
        ({"name": "x" * 201, "priority": 9}, [("max_length", ["name"]), ("max_value", ["priority"])]),
        ({"contract_date": "31.1.2026"}, [("invalid", ["contract_date"])]),
        ({"zone": "Lisbon"}, [("unknown_zone", ["zone"])]),
        ({"products": ["ok", ""]}, [("blank", ["products[1]"])]),
        ({}, [("required", ["name"])]),
        ({"name": "Acme", "parent": "0013000000abcDF"}, [("unknown_parent", ["parent"])]),
        ({"name": "Acme", "csm": "nobody@keel.example"}, [("unknown_user", ["csm"])]),
        ([], [("invalid", [])]),
    ],
)
def test_what_is_wrong_is_told_by_its_field(ada, caller, body, expected) -> None:
    answer = caller(ada).send("PUT", BY_ID, body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert codes(answer) == expected
    assert {"type", "title", "status", "code", "detail", "errors"} == set(answer.json())
    assert not Account.objects.exists()


def test_a_bad_salesforce_id_is_told_as_one(ada, caller) -> None:
    answer = caller(ada).send("PUT", "accounts/by-external/salesforce/0013000000abcdeAAY", {"name": "Acme"})

    assert (answer.status_code, codes(answer)) == (400, [("bad_salesforce_id", ["external_id"])])


def test_an_account_is_read_by_either_id(ada, caller) -> None:
    account = factories.account(name="Acme", arr=Decimal("1234.5"))
    factories.external_id(row=account, kind="account", name=LONG)
    api = caller(ada, "accounts:read")

    by_uuid, by_id = api.get(f"/api/v1/accounts/{account.uuid}"), api.get(f"/api/v1/{BY_ID}")

    assert by_uuid.json() == by_id.json()
    assert by_uuid.json()["arr"] == "1234.5000"


def test_public_sector_accounts_are_nowhere_for_those_who_may_not_see_them(ada, ben, caller) -> None:
    hidden = factories.account(name="Agency", is_pubsec=True)
    factories.external_id(row=hidden, kind="account", name=LONG)
    api = caller(ben)

    assert api.get(f"/api/v1/accounts/{hidden.uuid}").status_code == 404
    assert api.get(f"/api/v1/{BY_ID}").status_code == 404
    assert api.get("/api/v1/accounts").json()["data"] == []
    assert api.send("PUT", BY_ID, {"name": "Mine"}).status_code == 403
    bulk = api.send("POST", "accounts/bulk-upsert", {"system": "salesforce", "rows": [{"external_id": LONG}]})
    assert bulk.json()["results"][0]["errors"][0]["code"] == "forbidden"
    assert caller(ada).get(f"/api/v1/{BY_ID}").json()["name"] == "Agency"


@pytest.mark.parametrize("said", ["tech_touch", "Tech Touch", "TECH-TOUCH", " tech touch "])
def test_a_choice_is_taken_by_key_or_label_as_in_csv(ada, caller, said: str) -> None:
    api = caller(ada)

    assert api.send("PUT", "accounts/by-external/crm/A1", {"name": "Acme", "segment": said}).status_code == 201
    assert Account.objects.get().segment == "tech_touch"
    assert api.get("/api/v1/accounts", {"segment": said}).status_code == 200


def test_what_is_no_choice_is_refused_with_the_labels(ada, caller) -> None:
    api = caller(ada)
    answers = [
        api.send("PUT", "accounts/by-external/crm/A1", {"name": "Acme", "segment": "huge"}),
        api.get("/api/v1/accounts?segment=huge"),
        api.get("/api/v1/metrics/retention?segment=huge"),
    ]

    errors = [answer.json()["errors"] for answer in answers]
    wanted = {"code": "invalid_choice", "message": "Must be Tech Touch, Scale or CSM-Managed.", "fields": ["segment"]}
    assert errors == 3 * [[wanted]]


def bulk(api: Any, rows: list[Any], **options: Any) -> Any:
    return api.send("POST", "accounts/bulk-upsert", {"system": "crm", "rows": rows, **options})


def test_a_bulk_answers_row_by_row_in_the_order_of_the_request(ada, caller) -> None:
    rows = [
        {"external_id": "B", "name": "Beta", "parent": "A"},
        {"external_id": "X", "name": "X", "segment": "huge"},
        {"external_id": "A", "name": "Acme"},
        {"name": "Nameless"},
        {"external_id": "N"},
        {"external_id": "A", "name": "Again"},
    ]
    answer = bulk(caller(ada), rows[:5])

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [r["index"] for r in results] == [0, 1, 2, 3, 4]
    assert [(r["external_id"], r["success"], r["created"]) for r in results] == [
        ("B", True, True), ("X", False, False), ("A", True, True), ("", False, False), ("N", False, False),
    ]  # fmt: skip
    assert [[(e["code"], e["fields"]) for e in r["errors"]] for r in results] == [
        [], [("invalid_choice", ["segment"])], [], [("required", ["external_id"])], [("required", ["name"])],
    ]  # fmt: skip
    assert results[0]["id"] == str(Account.objects.get(name="Beta").uuid)
    repeated = bulk(caller(ada), [rows[2], rows[5]]).json()["results"]
    assert [r["errors"][0]["code"] for r in repeated] == ["repeated", "repeated"]


@pytest.mark.parametrize("bad", [{"external_id": "B", "segment": "huge"}, {"external_id": "B"}])
def test_all_or_none_keeps_good_rows_out_when_one_is_bad(ada, caller, bad) -> None:
    results = bulk(caller(ada), [{"external_id": "A", "name": "Acme"}, bad], all_or_none=True).json()["results"]

    assert [result["success"] for result in results] == [False, False]
    assert results[0]["errors"][0]["code"] == "not_applied"
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"system": "crm", "rows": []},
        {"system": "crm", "rows": [{"external_id": str(n), "name": "x"} for n in range(201)]},
        {"system": "crm", "rows": ["A"]},
        {"system": "crm"},
        {"rows": [{"external_id": "A"}]},
        {"system": "two words", "rows": [{"external_id": "A"}]},
    ],
)
def test_a_bulk_that_is_no_bulk_is_refused_whole(ada, caller, body) -> None:
    assert caller(ada).send("POST", "accounts/bulk-upsert", body).status_code == 400
    assert not Account.objects.exists()


def test_two_hundred_rows_take_few_statements(ada, caller, django_assert_max_num_queries) -> None:
    api = caller(ada)
    rows = [{"external_id": f"A{n}", "name": f"Account {n}", "csm": ada.email} for n in range(200)]

    with django_assert_max_num_queries(35):
        answer = bulk(api, rows)

    assert sum(result["created"] for result in answer.json()["results"]) == 200


def test_a_list_is_read_in_few_statements_however_long_it_is(ada, caller, django_assert_max_num_queries) -> None:
    parent = factories.account()
    for number in range(30):
        account = factories.account(parent=parent, csm=ada)
        factories.external_id(row=account, kind="account", name=f"A{number}")
    api = caller(ada)

    with django_assert_max_num_queries(8):
        answer = api.get("/api/v1/accounts")

    assert set(answer.json()) == {"data", "next_cursor", "has_more", "as_of"}


@pytest.mark.django_db(transaction=True)
def test_changes_are_read_on_from_a_cursor(ada, caller) -> None:
    for number in range(3):
        factories.account(name=f"Account {number}")
    api = caller(ada)

    first = api.get("/api/v1/accounts?limit=2").json()
    second = api.get(f"/api/v1/accounts?limit=2&cursor={first['next_cursor']}").json()
    api.send("PUT", "accounts/by-external/crm/A1", {"name": "New"})
    third = api.get(f"/api/v1/accounts?cursor={second['next_cursor']}").json()

    pages = (first, second, third)
    assert [[row["name"] for row in page["data"]] for page in pages] == [
        ["Account 0", "Account 1"], ["Account 2"], ["New"],
    ]  # fmt: skip
    assert [page["has_more"] for page in pages] == [True, False, False]
    past = dt.datetime.fromisoformat(third["as_of"]) - dt.timedelta(days=1)
    assert len(api.get("/api/v1/accounts", {"modified_since": past.isoformat()}).json()["data"]) == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [("cursor=x", "cursor"), ("limit=0", "limit"), ("since=1", "since"), ("modified_since=x", "modified_since")],
)
def test_a_question_that_cannot_be_understood_is_refused_by_its_field(ada, caller, query, field) -> None:
    answer = caller(ada).get(f"/api/v1/accounts?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["fields"]) == (400, [field])


@pytest.mark.django_db(transaction=True)
def test_the_list_is_narrowed_by_the_filters_of_its_page(ada, caller) -> None:
    factories.account(name="Söhne", segment="scale")
    factories.account(name="Beta", segment="tech_touch")
    api = caller(ada)

    def names(query: str) -> list[str]:
        return [row["name"] for row in api.get(f"/api/v1/accounts?{query}").json()["data"]]

    assert names("segment=scale") == names("segment=Scale") == names("q=sohne") == ["Söhne"]
    assert names("limit=1&segment=tech_touch") == ["Beta"]
    assert codes(api.get("/api/v1/accounts?segment=huge&limit=1")) == [("invalid_choice", ["segment"])]
    assert codes(api.get("/api/v1/accounts?segmnet=scale")) == [("unknown_field", ["segmnet"])]
