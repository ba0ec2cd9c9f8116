"""Headers that identify a message and let its reader unsubscribe."""

from __future__ import annotations

import re
from uuid import UUID

# Longer ones are folded, and a folded List-Unsubscribe has broken DKIM signatures at some signers.
LONGEST_UNSUBSCRIBE_URL = 200

DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
PLAIN_URL = re.compile(r"https?://[!#-;=?-~]+")


class UrlTooLong(ValueError):
    """The unsubscribe address does not fit on one header line; the public base address is too long."""


def message_id(delivery_uuid: UUID, domain: str) -> str:
    """
    Return the Message-ID of a delivery, angle brackets included.

    It is the same on every attempt, so that a bounce or a log entry of any attempt leads back to the delivery.
    """
    if not DOMAIN.fullmatch(domain):
        raise ValueError(f"{domain!r} is no domain for a Message-ID.")
    return f"<{delivery_uuid.hex}@{domain.lower()}>"


def unsubscribe_headers(url: str) -> dict[str, str]:
    """
    Return the list headers for one-click unsubscribing (RFC 2369, RFC 8058).

    RFC 8058 wants HTTPS; a plain HTTP address, as in a demo on one machine, gets no one-click header.

    :raises UrlTooLong: over 200 characters.
    """
    if not PLAIN_URL.fullmatch(url) or "," in url:
        raise ValueError("The unsubscribe address is not a plain http or https URL.")
    if len(url) > LONGEST_UNSUBSCRIBE_URL:
        raise UrlTooLong(f"The unsubscribe address has {len(url)} characters; {LONGEST_UNSUBSCRIBE_URL} fit.")
    headers = {"List-Unsubscribe": f"<{url}>"}
    if url.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
