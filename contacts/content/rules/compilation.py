"""A compiled email and how it is filled for one person.

Compiling happens once per published version. Filling is one `bytes %` over a finished MIME
body: no template runs, nothing is parsed, and a value stays in its slot whatever it holds.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from functools import cached_property
from hashlib import blake2s
from html import escape
from typing import Any

from contacts.content.rules import tokens
from contacts.content.rules.blocks import MOST_BLOCKS, Block, Draft, DraftError, Problem, Reader
from contacts.content.rules.encoding import (
    SOFT_BREAK,
    Mailbox,
    UnusableHeader,
    header_text,
    mailbox_header,
    quoted,
    quoted_value,
)
from contacts.content.rules.inline import Link
from contacts.content.rules.layout import Brand, Frame, html_of, text_of

MOST_BYTES = 100_000
"""Gmail cuts a message off at 102 kB, and the unsubscribe link with it."""

REASON = (
    'You’re receiving this email because {{ recipient.reason | default("you are a contact of your company") }}'
    # Without a full stop: many names end in one, as "Ltd." does.
    ' at {{ account.name | default("a GitLab customer") }}'
)

MOST_UNSUBSCRIBE_CHARACTERS = 200  # A longer header line is folded by some servers, which breaks DKIM.

_SLOT = re.compile(r"\{\{((?:token|link):\d+|pixel|unsubscribe|subject)\}\}")
_URL = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_LIST_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")

LinkUrl = Callable[[int], str]
"""Gives the tracked address of a link by its number; 0 is the trap only machines follow."""


@dataclass(frozen=True)
class Compiled:
    """An email frozen by publishing: texts with numbered slots, and the MIME body made of them."""

    subject: str
    html: str
    text: str
    expressions: tuple[tokens.Expression, ...]
    links: tuple[Link, ...]
    has_unsubscribe: bool
    body: str
    """The MIME body as a format string of ASCII, its slots `%b` in the order of `slots`."""
    slots: tuple[str, ...]
    boundary: str

    @property
    def tokens(self) -> tuple[str, ...]:
        """Names of the values that filling needs (those with a default included)."""
        return tuple(dict.fromkeys(expression.name for expression in self.expressions))

    @property
    def size(self) -> int:
        """Bytes of a message without its headers and its values."""
        return len(self.body)

    @cached_property
    def body_bytes(self) -> bytes:
        return self.body.encode("ascii")

    def as_json(self) -> dict[str, Any]:
        """Return plain lists, dicts and strings, fit for a jsonb column."""
        return {
            "format": 1,
            "subject": self.subject,
            "html": self.html,
            "text": self.text,
            "expressions": [[e.name, [[f.name, f.argument] for f in e.filters]] for e in self.expressions],
            "links": [[link.number, link.url, link.label] for link in self.links],
            "has_unsubscribe": self.has_unsubscribe,
            "body": self.body,
            "slots": list(self.slots),
            "boundary": self.boundary,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Compiled:
        return cls(
            subject=stored["subject"],
            html=stored["html"],
            text=stored["text"],
            expressions=tuple(
                tokens.Expression(name, tuple(tokens.Filter(*parts) for parts in filters))
                for name, filters in stored["expressions"]
            ),
            links=tuple(Link(*parts) for parts in stored["links"]),
            has_unsubscribe=stored["has_unsubscribe"],
            body=stored["body"],
            slots=tuple(stored["slots"]),
            boundary=stored["boundary"],
        )


def freeze(
    *,
    subject: str,
    html: str,
    text: str,
    expressions: tuple[tokens.Expression, ...],
    links: tuple[Link, ...],
    has_unsubscribe: bool,
) -> Compiled:
    # "=_" cannot occur in quoted-printable text, so no body can hold the boundary.
    boundary = f"=_keel_{blake2s((html + text).encode(), digest_size=12).hexdigest()}"
    slots: list[str] = []
    parts: list[str] = []
    for context, kind, source in (("text", "plain", text), ("html", "html", html)):
        pieces = _SLOT.split(source)
        slots += [f"{context} {slot}" for slot in pieces[1::2]]
        runs = [quoted(run).replace("%", "%%") for run in pieces[::2]]
        parts += [
            f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            f"{SOFT_BREAK}%b{SOFT_BREAK}".join(runs),
            "\r\n",
        ]
    body = "".join(parts) + f"--{boundary}--\r\n"
    return Compiled(subject, html, text, expressions, links, has_unsubscribe, body, tuple(slots), boundary)


def compile_draft(draft: Draft, *, brand: Brand, has_unsubscribe: bool = True) -> Compiled:
    """
    Check a draft and freeze it; done once per published version.

    Only operational messages go without an unsubscribe link (`has_unsubscribe=False`).

    :raises DraftError: listing every problem by block number and field.
    """
    reader = Reader()
    subject = reader.line(draft.subject, block=None, field="subject")
    preheader = reader.line(draft.preheader, block=None, field="preheader", required=False)
    content = _content(draft, reader)
    if reader.problems:
        raise DraftError(reader.problems)
    frame = Frame(
        preheader=preheader,
        organisation=reader.ledger.mark("{{ organisation.name }}"),
        address=reader.ledger.mark("{{ organisation.address }}"),
        reason=reader.ledger.mark(REASON),
        has_unsubscribe=has_unsubscribe,
    )
    compiled = freeze(
        subject=subject,
        html=html_of(content, frame, brand),
        text=text_of(content, frame),
        expressions=tuple(reader.ledger.expressions),
        links=tuple(reader.ledger.links),
        has_unsubscribe=has_unsubscribe,
    )
    if compiled.size > MOST_BYTES:
        raise DraftError(
            [Problem(None, "email", f"is over {MOST_BYTES // 1000} kB, the size at which Gmail clips messages")]
        )
    return compiled


def _content(draft: Draft, reader: Reader) -> list[Block]:
    if not 0 < len(draft.blocks) <= MOST_BLOCKS:
        reader.problems.append(Problem(None, "email", f"has {len(draft.blocks)} blocks; use 1 to {MOST_BLOCKS}"))
        return []
    read = [reader.block(raw, number) for number, raw in enumerate(draft.blocks, start=1)]
    return [block for block in read if block is not None]


def fill_subject(compiled: Compiled, values: Mapping[str, str]) -> str:
    """Return the subject as this person reads it, one line.

    :raises tokens.MissingValue: and the message must be held.
    """
    spoken = [tokens.evaluate(expression, values) for expression in compiled.expressions]
    return _SLOT.sub(lambda match: spoken[int(match[1].partition(":")[2])], compiled.subject)


def fill_html(
    compiled: Compiled,
    values: Mapping[str, str],
    *,
    link_url: LinkUrl,
    pixel_url: str,
    unsubscribe_url: str | None,
) -> str:
    """Return the HTML part as this person's mail program gets it, for showing in the Outbox."""
    filling = _filling(compiled, values, link_url, pixel_url, unsubscribe_url)
    return _SLOT.sub(lambda match: escape(filling[match[1]]), compiled.html)


def fill(
    compiled: Compiled,
    values: Mapping[str, str],
    *,
    link_url: LinkUrl,
    pixel_url: str,
    unsubscribe_url: str | None,
    message_id: str,
    from_: Mailbox,
    to: Mailbox,
    reply_to: Mailbox | None,
    date: dt.datetime,
    list_id: str | None,
    cc: Mailbox | None = None,
    offers_one_click: bool = True,
) -> bytes:
    """
    Return the complete message (RFC 5322, 7-bit, CRLF) for one person.

    `message_id` and `list_id` come without angle brackets. `unsubscribe_url` is given exactly
    where the email has an unsubscribe link; it answers one-click requests (RFC 8058). What is a copy for somebody
    else `offers_one_click` to nobody: the press of its reader would unsubscribe another.

    :raises tokens.MissingValue: and the message must be held.
    :raises UnusableHeader: for an address, identifier or URL that cannot be sent.
    """
    filling = _filling(compiled, values, link_url, pixel_url, unsubscribe_url)
    encoded = {slot: _encoded(slot, filling) for slot in set(compiled.slots)}
    head = _head(filling["subject"], message_id, from_, to, cc, reply_to, date)
    head += _list_head(unsubscribe_url if offers_one_click else None, list_id)
    kind = f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{compiled.boundary}"\r\n\r\n'
    return (head + kind).encode("ascii") + compiled.body_bytes % tuple(encoded[slot] for slot in compiled.slots)


def _encoded(slot: str, filling: Mapping[str, str]) -> bytes:
    context, _, name = slot.partition(" ")
    value = filling[name]
    return quoted_value(escape(value) if context == "html" else value).encode("ascii")


# What stands in each slot, not yet encoded for its place.
def _filling(
    compiled: Compiled, values: Mapping[str, str], link_url: LinkUrl, pixel_url: str, unsubscribe_url: str | None
) -> dict[str, str]:
    if compiled.has_unsubscribe != (unsubscribe_url is not None):
        raise UnusableHeader("An unsubscribe address is needed exactly where the email offers to unsubscribe")
    urls = {f"link:{number}": link_url(number) for number in range(len(compiled.links) + 1)}
    urls["pixel"] = pixel_url
    if unsubscribe_url is not None:
        urls["unsubscribe"] = unsubscribe_url
    for url in urls.values():
        if not _URL.fullmatch(url):
            raise UnusableHeader(f"“{url[:60]}” is not an address of a page")
    spoken = {f"token:{i}": tokens.evaluate(e, values) for i, e in enumerate(compiled.expressions)}
    subject = _SLOT.sub(lambda match: spoken[match[1]], compiled.subject)
    return {**urls, **spoken, "subject": subject}


def _head(
    subject: str,
    message_id: str,
    from_: Mailbox,
    to: Mailbox,
    cc: Mailbox | None,
    reply_to: Mailbox | None,
    date: dt.datetime,
) -> str:
    if len(message_id) > 250 or not _IDENTIFIER.fullmatch(message_id):
        raise UnusableHeader(f"Message-ID: “{message_id[:60]}” is not an identifier such as d1.2@keel.example")
    return "".join(
        (
            mailbox_header("From", from_),
            mailbox_header("To", to),
            mailbox_header("Cc", cc) if cc else "",
            mailbox_header("Reply-To", reply_to) if reply_to else "",
            f"Subject: {header_text(subject, used=9)}\r\n",
            f"Date: {format_datetime(date)}\r\n",
            f"Message-ID: <{message_id}>\r\n",
            "Auto-Submitted: auto-generated\r\n",
        )
    )


def _list_head(unsubscribe_url: str | None, list_id: str | None) -> str:
    lines = ""
    if list_id is not None:
        if len(list_id) > 200 or not _LIST_IDENTIFIER.fullmatch(list_id):
            raise UnusableHeader(f"List-Id: “{list_id[:60]}” is not a name such as onboarding.keel.example")
        lines += f"List-Id: <{list_id}>\r\n"
    if unsubscribe_url is not None:
        if len(unsubscribe_url) > MOST_UNSUBSCRIBE_CHARACTERS:
            raise UnusableHeader(f"List-Unsubscribe: longer than {MOST_UNSUBSCRIBE_CHARACTERS} characters")
        lines += f"List-Unsubscribe: <{unsubscribe_url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return lines
