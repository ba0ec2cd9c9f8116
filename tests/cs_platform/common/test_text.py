"""Text that PostgreSQL refuses is dealt with at every entrance."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from accounts.models import Account
from contacts.models import Membership
from cs_platform.common.entrance import clean_parameters
from cs_platform.common.text import clean, clean_json
from tests import factories
from tests.fixtures import Browser

API = "/api/v1/accounts/by-external/crm/"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a\0b", "ab"), ("\0", ""), ("\ud83d\ude00\udfff", ""), ("Söhne 😀\n\t", "Söhne 😀\n\t")],
    ids=["NUL", "NUL alone", "halves of pairs", "what can be stored"],
)
def test_what_cannot_be_stored_is_dropped_and_nothing_else(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_json_is_clean_down_to_its_leaves_and_names() -> None:
    assert clean_json({"a\0": ["\ud800x", {"b": "\0"}, 1, None]}) == {"a": ["x", {"b": ""}, 1, None]}


def test_parameters_that_are_clean_stay_the_same_object() -> None:
    sent = QueryDict("a=1&a=2&b=")

    assert clean_parameters(sent) is sent


def test_every_value_of_a_parameter_is_clean() -> None:
    cleaned = clean_parameters(QueryDict("a=1%00&a=%002&b%00=x"))

    assert dict(cleaned.lists()) == {"a": ["1", "2"], "b": ["x"]}


@pytest.mark.django_db
def test_a_search_for_what_cannot_be_stored_finds_nothing(browser_of: Browser, ada) -> None:
    factories.account(name="Acme")

    shown = browser_of(ada).get("/accounts/?q=%00").content.decode()

    assert "Acme" not in shown


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/%00/", "/s/%00/", "/outbox/%00/", "/static/%00", "/%00", "/admin/%00/"])
def test_an_address_with_such_a_character_names_no_page(browser_of: Browser, ada, path: str) -> None:
    assert browser_of(ada).get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["keel-session-8000", "keel-csrf-8000", "messages", "theme"])
def test_a_cookie_with_such_a_character_is_read_without_it(ada, cookie: str) -> None:
    client = Client()
    client.cookies[cookie] = "x" * 32 + "\0"

    assert client.get("/sign-in/").status_code == 200


@pytest.mark.django_db
def test_a_form_is_kept_without_it(browser_of: Browser, ada) -> None:
    account = factories.account(name="Acme")
    typed = {"account": "Ac\0me", "email": "grace@acme.example", "first_name": "Gr\0ace", "last_name": "Hop\0per"}

    answer = browser_of(ada).post("/contacts/new/", typed)

    assert answer.status_code < 400
    assert Membership.objects.get(account=account).person.full_name == "Grace Hopper"


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["utf-7", "utf-16"])
def test_a_character_set_that_can_write_it_changes_nothing(browser_of: Browser, ada, charset: str) -> None:
    sent = urlencode({"q": "a+AAA-b\0".encode(charset)})

    answer = browser_of(ada).get(f"/accounts/?{sent}", content_type=f"{FORM}; charset={charset}")

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_form_too_large_is_answered_413_in_words(browser_of: Browser, ada) -> None:
    answer = browser_of(ada).post("/contacts/new/", {"account": "x" * 6 * 2**20})

    assert answer.status_code == 413
    assert "A form can hold up to 5 MB." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), [("PUT", "accounts/by-external/crm/A1"), ("POST", "accounts/bulk-upsert")])
def test_a_body_too_large_is_answered_413_as_a_problem(ada, caller, method: str, path: str) -> None:
    answer = caller(ada).send(method, path, {"name": "x" * 12_000_000})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_the_api_keeps_a_text_without_it(ada, caller) -> None:
    answer = caller(ada).send("PUT", "accounts/by-external/crm/A1", {"name": "Ac\0me \ud800Inc"})

    assert answer.status_code == 201
    assert Account.objects.get().name == "Acme Inc"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "accounts?cursor=%00", None),
        ("GET", "contacts?modified_since=%00&limit=%00", None),
        ("GET", "metrics/retention?month=%00&segment=%00", None),
        ("GET", "accounts/by-external/c%00rm/%00", None),
        ("PUT", "accounts/by-external/c%00rm/%00", {"name": "Acme"}),
        ("POST", "accounts/bulk-upsert", {"system": "\0", "rows": [{"external_id": "\0", "name": "\0"}]}),
        ("POST", "contacts/bulk-upsert", {"system": "crm", "rows": [{"external_id": "\ud800", "email": "\0"}]}),
    ],
)
def test_the_api_answers_whatever_holds_it(ada, caller, method: str, path: str, body: Any) -> None:
    answer = caller(ada).send(method, path, body)

    assert answer.status_code < 500
    assert isinstance(json.loads(answer.content), dict)
