"""What a key to the API may open, and how often somebody may guess a password."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a token was made for; its user's permissions limit it further."""

    READ_ACCOUNTS = "accounts:read"
    WRITE_ACCOUNTS = "accounts:write"
    READ_CONTACTS = "contacts:read"
    WRITE_CONTACTS = "contacts:write"
    READ_PROGRAMS = "programs:read"
    READ_METRICS = "metrics:read"


def unknown_scopes(scopes: Collection[str]) -> list[str]:
    known = {scope.value for scope in Scope}
    return sorted(set(scopes) - known)


def digest_of(secret: str) -> str:
    """
    Return what is kept of a token's secret.

    A plain SHA-256 is enough: the secret is 256 random bits, so there is nothing to guess and nothing to slow down.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


PATIENCE_SECONDS = 15 * 60
"""How long a try to sign in counts; counted from the first, so that whoever was refused gets in again by waiting."""

MOST_OF_EMAIL_FROM_ADDRESS, MOST_OF_EMAIL, MOST_FROM_ADDRESS = 10, 100, 60


@dataclass(frozen=True, slots=True)
class Count:
    """A count of tries: its name, how many are let through, and whether other people's tries are in it."""

    name: str
    most: int
    is_shared: bool = False


def counts_of_try(*, email: str, address: str) -> list[Count]:
    """
    Return where a try to sign in is counted; an empty address is an unknown one.

    An email has many more tries than an email from one address: a stranger who guesses does not lock its owner out.
    """
    who = email.strip().lower()
    counts = [Count(_named("email", who), MOST_OF_EMAIL)]
    if address:
        counts.append(Count(_named("both", who, address), MOST_OF_EMAIL_FROM_ADDRESS))
        counts.append(Count(_named("address", address), MOST_FROM_ADDRESS, is_shared=True))
    return counts


def _named(*parts: str) -> str:
    return f"sign-in:{digest_of(repr(parts))}"
