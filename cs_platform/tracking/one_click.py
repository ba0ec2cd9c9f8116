"""The body of a one-click unsubscribe (RFC 8058, section 3.1): one pair, as a form of either kind."""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import parse_qsl

NAME, VALUE = "list-unsubscribe", "one-click"
FIRST_BOUNDARY = re.compile(rb"^--([^\r\n]+?)[ \t]*\r?$", re.MULTILINE)


def asks_to_unsubscribe(content_type: str, body: bytes) -> bool:
    """
    Return whether a POST says List-Unsubscribe=One-Click.

    Senders differ in how they quote the boundary, in line breaks, and in whether they name a content type at all, so
    the body itself is believed: what looks like multipart/form-data is read as such.
    """
    pairs = ((name.strip().lower(), value.strip().lower()) for name, value in _pairs(content_type, body))
    return (NAME, VALUE) in pairs


def _pairs(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    if content_type.lower().lstrip().startswith("multipart/"):
        yield from _parts(content_type, body)
    if found := FIRST_BOUNDARY.search(body):
        boundary = found[1].decode("latin-1").replace("\\", r"\\").replace('"', r"\"")
        yield from _parts(f'multipart/form-data; boundary="{boundary}"', body)
    yield from parse_qsl(body.decode("latin-1").strip())


def _parts(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    # A header's value holds no line break.
    head = " ".join(content_type.split()).encode("latin-1", "replace")
    message = BytesParser(EmailMessage, policy=email.policy.compat32).parsebytes(
        b"Content-Type: " + head + b"\r\n\r\n" + body
    )
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            yield name, content.decode("latin-1")
