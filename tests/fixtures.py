"""Ada owns what a test is about, Ben is a colleague, Eve is a stranger; and the clients they look through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.team.rules import Scope
from tests import factories

Browser = Callable[..., Client]


@pytest.fixture
def ada(db: None) -> User:
    return factories.user(bundle="program_manager", email="ada@keel.example", name="Ada Lovelace")


@pytest.fixture
def ben(db: None) -> User:
    return factories.user(bundle="csm", email="ben@keel.example", name="Ben Okri", home="csm")


@pytest.fixture
def reader(db: None) -> User:
    """Somebody who may look at everything and change nothing, like an executive."""
    return factories.user(bundle="viewer", email="vera@keel.example", name="Vera Reader", home="executive")


@pytest.fixture
def eve(db: None) -> User:
    return factories.user(bundle=None, email="eve@keel.example", name="Eve Stranger")


class HtmxClient(Client):
    """A browser whose requests come from htmx: it asks for fragments."""

    def request(self, **request: Any) -> Any:
        return super().request(**{"HTTP_HX_REQUEST": "true", **request})


@pytest.fixture
def browser_of(db: None) -> Browser:
    """Return a function that gives a user's signed-in client; `htmx=True` for one that asks for fragments."""

    def sign_in(user: User, *, htmx: bool = False) -> Client:
        client = HtmxClient() if htmx else Client()
        client.force_login(user)
        return client

    return sign_in


class ApiClient(Client):
    """A caller of the API with a token, who sends and reads JSON."""

    def __init__(self, secret: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {secret}"})

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON to a path below /api/v1/."""
        return self.generic(method, f"/api/v1/{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def caller(db: None) -> Callable[..., ApiClient]:
    """Return a function that gives a client of the API for a user with some scopes, or all."""

    def call_as(user: User, *scopes: str) -> ApiClient:
        return ApiClient(factories.token(user=user, scopes=scopes or tuple(Scope)))

    return call_as
