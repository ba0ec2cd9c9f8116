"""What a key to the API may open."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
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
