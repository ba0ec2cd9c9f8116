"""
Short signed tokens that lead from a link in a message back to its delivery.

A token is a version letter and the URL-safe base64 of two numbers and a keyed BLAKE2s of them. It holds no address
and no target: what it leads to is looked up on our side, except where it differs by person and stands sealed beside the
token. Keys rotate by prepending to the list; tokens of every key
still in the list are honoured.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from uuid import UUID

PIXEL = 0  # the "link" that is the open pixel

VERSION = "1"
TAG_BYTES = 12
LONGEST_TOKEN = 48
SHORTEST_KEY = 16
LARGEST_NUMBER = 2**63 - 1  # what the database can hold

# Kept apart, so that no tracking token ever unsubscribes anybody.
HIT = b"keel-hit"
UNSUBSCRIBE = b"keel-uns"
TARGET = b"keel-url"


def derived_key(secret: str) -> bytes:
    """Return the key that seals tokens, derived from the installation's secret so that it exposes nothing else."""
    return hmac.digest(secret.encode(), b"keel tracking", hashlib.sha256)


def seal(key: bytes, delivery_id: int, link: int) -> str:
    """Return the token of a link (PIXEL for the open pixel) in a delivery."""
    return _seal(key, HIT, (delivery_id, link))


def unseal(keys: Sequence[bytes], token: str) -> tuple[int, int] | None:
    """Return the delivery's id and the link's number, or None for anything we did not seal."""
    numbers = _unseal(keys, HIT, token)
    return (numbers[0], numbers[1]) if numbers is not None and len(numbers) == 2 else None


def seal_unsubscribe(key: bytes, delivery_id: int) -> str:
    """Return the token that declines the category of a delivery for the person it went to."""
    return _seal(key, UNSUBSCRIBE, (delivery_id,))


def unseal_unsubscribe(keys: Sequence[bytes], token: str) -> int | None:
    numbers = _unseal(keys, UNSUBSCRIBE, token)
    return numbers[0] if numbers is not None and len(numbers) == 1 else None


def seal_target(key: bytes, token: str, url: str) -> str:
    """Return where the link of `token` leads, sealed: for links whose target differs by person."""
    return _encoded(url.encode() + _tag(key, TARGET, f"{token} {url}".encode()))


def unseal_target(keys: Sequence[bytes], token: str, sealed: str) -> str | None:
    """Return where the link of `token` leads, or None for anything we did not seal for that very token."""
    raw = _decoded(sealed)
    if raw is None:
        return None
    url, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
    matches = [hmac.compare_digest(_tag(key, TARGET, token.encode() + b" " + url), tag) for key in keys]
    return url.decode() if any(matches) else None


def _seal(key: bytes, purpose: bytes, numbers: tuple[int, ...]) -> str:
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"A token key needs at least {SHORTEST_KEY} bytes.")
    payload = b"".join(_packed(number) for number in numbers)
    return VERSION + _encoded(payload + _tag(key, purpose, payload))


def _unseal(keys: Sequence[bytes], purpose: bytes, token: str) -> list[int] | None:
    if not token.startswith(VERSION) or len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    raw = _decoded(token[len(VERSION) :])
    if raw is None:
        return None
    payload, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
    matches = [hmac.compare_digest(_tag(key, purpose, payload), tag) for key in keys]
    return _unpacked(payload) if any(matches) else None


def _tag(key: bytes, purpose: bytes, payload: bytes) -> bytes:
    # BLAKE2s takes 32 bytes of key; a longer secret is condensed first.
    short = key if len(key) <= hashlib.blake2s.MAX_KEY_SIZE else hashlib.blake2s(key).digest()
    version = VERSION.encode()
    return hashlib.blake2s(version + payload, digest_size=TAG_BYTES, key=short, person=purpose).digest()


# Decode what was sealed and its tag. One content has one token a key: other spellings of the same bytes are not ours.
def _decoded(text: str) -> bytes | None:
    if not text.isascii():
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return raw if len(raw) > TAG_BYTES and _encoded(raw) == text else None


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# Seven bits a byte, low ones first, the high bit set on all but the last.
def _packed(number: int) -> bytes:
    if not 0 <= number <= LARGEST_NUMBER:
        raise ValueError(f"{number} is no id.")
    packed = bytearray()
    while number > 0x7F:
        packed.append(number & 0x7F | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _unpacked(payload: bytes) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in payload:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers


DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def message_id(delivery_uuid: UUID, domain: str, *, is_copy: bool = False) -> str:
    """
    Return the Message-ID of a delivery, angle brackets included.

    It is the same on every attempt, so that a bounce or a log entry of any attempt leads back to the delivery. That of
    the copy leads nowhere: its bounce is not the reader's.
    """
    if not DOMAIN.fullmatch(domain):
        raise ValueError(f"{domain!r} is no domain for a Message-ID.")
    return f"<{'copy.' if is_copy else ''}{delivery_uuid.hex}@{domain.lower()}>"
