"""The header that identifies a message."""

from __future__ import annotations

import re
from uuid import UUID

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
