"""Guessing passwords: how often, from where, and what it does to those who know theirs."""

from __future__ import annotations

import threading
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisAway

from accounts.models import User
from accounts.team.rules import (
    MOST_FROM_ADDRESS,
    MOST_OF_EMAIL,
    MOST_OF_EMAIL_FROM_ADDRESS,
    PATIENCE_SECONDS,
    counts_of_try,
)
from tests import factories

PASSWORD = "a long enough phrase"


@pytest.fixture
def owner(db: None, settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one takes a minute here
    # The counts of other tests, side by side in one Redis, are about others.
    user = factories.user(bundle="viewer", email=f"{uuid4().hex}@keel.example", name="Ola Owner")
    user.set_password(PASSWORD)
    user.save()
    return user


def somewhere() -> str:
    return f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


def sign_in(email: str, password: str, *, address: str, **headers: str) -> Any:
    given = {"username": email, "password": password}
    return Client(REMOTE_ADDR=address, headers=headers).post(reverse("team:sign-in"), given)


def guess(email: str, times: int, *, address: str) -> list[int]:
    return [sign_in(email, "wrong", address=address).status_code for _ in range(times)]


def test_ten_wrong_passwords_are_looked_at_and_then_not_even_the_right_one(owner) -> None:
    here = somewhere()

    assert guess(owner.email, MOST_OF_EMAIL_FROM_ADDRESS, address=here) == [200] * MOST_OF_EMAIL_FROM_ADDRESS
    refused = sign_in(owner.email, PASSWORD, address=here)

    assert refused.status_code == 429
    assert "Try again in 15 minutes" in refused.content.decode()


def test_the_case_of_an_email_does_not_begin_a_count_of_its_own(owner) -> None:
    here = somewhere()
    guess(owner.email.upper(), MOST_OF_EMAIL_FROM_ADDRESS, address=here)

    assert guess(owner.email, 1, address=here) == [429]


def test_an_owner_gets_in_from_elsewhere_while_a_stranger_guesses(owner) -> None:
    guess(owner.email, MOST_OF_EMAIL_FROM_ADDRESS + 3, address=somewhere())

    assert sign_in(owner.email, PASSWORD, address=somewhere()).status_code == 302


def test_a_password_that_was_known_forgets_the_wrong_ones_before_it(owner) -> None:
    here = somewhere()
    guess(owner.email, MOST_OF_EMAIL_FROM_ADDRESS - 1, address=here)
    sign_in(owner.email, PASSWORD, address=here)

    assert guess(owner.email, MOST_OF_EMAIL_FROM_ADDRESS, address=here)[-1] == 200


def test_one_address_cannot_try_everybody(owner) -> None:
    here = somewhere()
    for number in range(MOST_FROM_ADDRESS):
        guess(f"{number}-{owner.email}", 1, address=here)

    assert sign_in(owner.email, PASSWORD, address=here).status_code == 429
    assert sign_in(owner.email, PASSWORD, address=somewhere()).status_code == 302


def test_signing_in_rightly_never_shuts_the_door_of_an_office(owner) -> None:
    here = somewhere()

    assert {sign_in(owner.email, PASSWORD, address=here).status_code for _ in range(MOST_FROM_ADDRESS + 5)} == {302}


def test_many_addresses_cannot_guess_one_email_without_end(owner) -> None:
    (count,) = (count for count in counts_of_try(email=owner.email, address="") if count.most == MOST_OF_EMAIL)
    cache.set(count.name, MOST_OF_EMAIL, PATIENCE_SECONDS)

    assert guess(owner.email, 1, address=somewhere()) == [429]


def test_every_count_ends_by_itself(owner, settings) -> None:
    here = somewhere()
    guess(owner.email, 2, address=here)

    for count in counts_of_try(email=owner.email, address=str(ip_network((here, 64), strict=False))):
        remaining = redis.Redis.from_url(settings.REDIS_URL).ttl(cache.make_key(count.name))
        assert 0 < remaining <= PATIENCE_SECONDS


def test_passwords_tried_at_once_are_counted_one_by_one(owner, transactional_db) -> None:
    here, answers = somewhere(), list[int]()

    def try_one() -> None:
        answers.extend(guess(owner.email, 1, address=here))
        connection.close()

    threads = [threading.Thread(target=try_one) for _ in range(MOST_OF_EMAIL_FROM_ADDRESS + 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200] * MOST_OF_EMAIL_FROM_ADDRESS + [429] * 6


def test_the_address_behind_a_proxy_is_what_the_proxy_says_last(owner, settings) -> None:
    settings.TRUST_PROXY = True
    proxy, stranger, mine = somewhere(), somewhere(), somewhere()
    for _ in range(MOST_OF_EMAIL_FROM_ADDRESS + 1):
        sign_in(owner.email, "wrong", address=proxy, **{"X-Forwarded-For": f"{mine}, {stranger}"})

    refused = sign_in(owner.email, PASSWORD, address=proxy, **{"X-Forwarded-For": stranger})
    admitted = sign_in(owner.email, PASSWORD, address=proxy, **{"X-Forwarded-For": mine})
    assert (refused.status_code, admitted.status_code) == (429, 302)


def test_the_door_opens_without_redis(owner, monkeypatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise RedisAway

    for name in ("add", "incr", "decr", "delete"):
        monkeypatch.setattr(f"django.core.cache.backends.redis.RedisCache.{name}", away)

    assert guess(owner.email, 1, address=somewhere()) == [200]
    assert sign_in(owner.email, PASSWORD, address=somewhere()).status_code == 302
