import datetime as dt

import pytest
from django.test import Client

from accounts.models import ApiToken
from accounts.team.operations import revoke_token
from tests import factories

pytestmark = pytest.mark.django_db

PATH = "/api/v1/accounts"
PUT = "accounts/by-external/crm/A1"


def test_nobody_reads_anything_without_a_token(ada) -> None:
    answer = Client().get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (401, "no_token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_somebody_signed_in_is_not_thereby_a_caller_of_the_api(ada, browser_of) -> None:
    assert browser_of(ada).get(PATH).status_code == 401


@pytest.mark.parametrize(
    "header", [{"Authorization": "Bearer {}"}, {"Api-Key": "{}"}, {"Authorization": "bearer  {} "}]
)
def test_a_token_may_come_in_either_header(ada, header) -> None:
    secret = factories.token(user=ada, scopes=["accounts:read"])
    headers = {name: value.format(secret) for name, value in header.items()}

    assert Client().get(PATH, headers=headers).status_code == 200
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize("spoil", ["expire", "revoke", "retire", "misspell"])
def test_a_token_that_is_no_longer_good_opens_nothing(ada, caller, spoil) -> None:
    long_ago = dt.datetime(2020, 1, 2, tzinfo=dt.UTC)
    secret = factories.token(user=ada, scopes=["accounts:read"], expires_at=long_ago if spoil == "expire" else None)
    if spoil == "revoke":
        revoke_token(token=ApiToken.objects.get(), now=long_ago)
    if spoil == "retire":
        ada.is_active = False
        ada.save()
    if spoil == "misspell":
        secret += "x"

    answer = Client().get(PATH, headers={"Api-Key": secret})
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


def test_a_token_does_what_it_was_made_for_and_no_more(ada, caller) -> None:
    reader = caller(ada, "accounts:read")
    assert reader.get(PATH).status_code == 200

    answer = reader.send("PUT", PUT, {"name": "Acme"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    assert caller(ada, "contacts:read").get(PATH).status_code == 403


def test_a_token_opens_no_door_that_is_closed_to_its_user(eve, caller) -> None:
    viewer = factories.user(bundle="viewer")
    assert caller(eve).get(PATH).json()["code"] == "permission"
    assert caller(viewer).get(PATH).status_code == 200
    assert caller(viewer).send("PUT", PUT, {"name": "Acme"}).json()["code"] == "permission"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", PATH, 405),
        ("GET", "/api/v1/nothing/here", 404),
        ("POST", "/api/v1/", 404),
        ("GET", "/api/v1/accounts/0190aaaa-0000-7000-8000-000000000000", 404),
        ("GET", "/api/v1/accounts/by-external/crm/unknown", 404),
    ],
)
def test_every_refusal_is_a_problem_in_json(ada, caller, method, path, status) -> None:
    answer = caller(ada).generic(method, path)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_no_json_is_a_problem(ada, caller) -> None:
    api = caller(ada)

    torn = api.generic("PUT", f"/api/v1/{PUT}", "{", content_type="application/json")
    other = api.generic("PUT", f"/api/v1/{PUT}", "name=Acme", content_type="application/x-www-form-urlencoded")

    assert (torn.status_code, torn.json()["code"]) == (400, "parse_error")
    assert (other.status_code, other.json()["code"]) == (415, "unsupported_media_type")


def test_what_breaks_on_our_side_is_told_without_its_secrets(ada, caller, monkeypatch, caplog) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("accounts.book.operations.upsert_accounts", broken)
    api = caller(ada)
    api.raise_request_exception = False

    answer = api.send("PUT", PUT, {"name": "Acme"})

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "swordfish" not in answer.content.decode()
    assert "swordfish" in caplog.text
