"""The link of an invitation: a sealed number, so that nobody can answer for somebody else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

SEAL_BYTES = 12


def seal_invitation(key: bytes, invitation_id: int) -> str:
    """Return the URL-safe token of an invitation: its number and a keyed seal, 27 characters."""
    number = invitation_id.to_bytes(8, "big")
    return base64.urlsafe_b64encode(number + _seal(key, number)).rstrip(b"=").decode()


def unseal_invitation(keys: Sequence[bytes], token: str) -> int | None:
    """Return the invitation's number, or None when none of the keys sealed this token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    number, seal = raw[:8], raw[8:]
    if len(raw) != 8 + SEAL_BYTES or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None
    is_ours = any(hmac.compare_digest(_seal(key, number), seal) for key in keys)
    return int.from_bytes(number, "big") if is_ours else None


def _seal(key: bytes, number: bytes) -> bytes:
    return hashlib.blake2s(number, key=key, digest_size=SEAL_BYTES, person=b"survey").digest()
