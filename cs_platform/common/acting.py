"""Who acts: told to the database's triggers for the length of a transaction. When, they know themselves."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction

T = TypeVar("T")

# Somebody was in the way: a deadlock, a lost race of serialization, a name or a period that somebody else took this
# moment. What was done is undone by then, and may succeed when it is done again.
IN_THE_WAY = frozenset({"40P01", "40001", "23505", "23P01"})
TRIES = 8

LONGEST_SOURCE = 20
"""What fits into the audit's column."""


@contextmanager
def acting(*, actor: str, source: str = "keel") -> Iterator[None]:
    """
    Run the block in one transaction in which triggers know the actor.

    `actor` is an e-mail address or the name of a program part ("import", "worker"); `source` is where the change
    comes from (keel, salesforce, import). The settings are LOCAL: they end with the transaction.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select set_config('keel.actor', %s, true), set_config('keel.source', %s, true)", [actor, source]
            )
        yield


def act(do: Callable[[], T], *, actor: str, source: str = "keel") -> T:
    """
    Do something as `acting` does, and again when it failed because somebody else was doing the same.

    For writes that many callers may ask for at one moment. Within another transaction there is no second try:
    what that one did before would be lost.
    """
    may_try_again = not connection.in_atomic_block
    for tries in range(1, TRIES + 1):
        try:
            with acting(actor=actor, source=source):
                return do()
        except (OperationalError, IntegrityError) as error:
            if not (is_in_the_way(error) and may_try_again) or tries == TRIES:
                raise
            make_way(tries)
    raise AssertionError("unreachable")


def is_in_the_way(error: Exception) -> bool:
    """Return whether an error of the database says that the same may succeed when it is tried again."""
    return getattr(error.__cause__, "pgcode", None) in IN_THE_WAY


def make_way(tries: int) -> None:
    """Wait a random little, longer after each of `tries`, so that those who met do not meet again."""
    time.sleep(tries * random.uniform(0.01, 0.1))  # noqa: S311 (no secret)
