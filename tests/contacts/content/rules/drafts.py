"""Drafts, values and a reader of messages for the tests of the email compiler."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from hypothesis import strategies as st

from contacts.content.rules import KNOWN_TOKENS, Brand, Compiled, Draft, Mailbox, compile_draft, fill

VALUES = {token.name: token.sample for token in KNOWN_TOKENS.values()}
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def draft(*blocks: dict[str, Any], subject: str = "A first look at runners", preheader: str = "Two minutes") -> Draft:
    return Draft(subject, preheader, blocks or ({"type": "text", "text": "Good morning"},))


def compiled(*blocks: dict[str, Any], has_unsubscribe: bool = True, **lines: str) -> Compiled:
    return compile_draft(draft(*blocks, **lines), brand=Brand(), has_unsubscribe=has_unsubscribe)


def link_url(number: int) -> str:
    return f"https://go.keel.example/c/QUJDREVGRw{number}"


ADDRESSES: dict[str, Any] = {
    "link_url": link_url,
    "pixel_url": "https://go.keel.example/o/QUJDREVGRw",
    "unsubscribe_url": "https://go.keel.example/u/QUJDREVGRw",
}


def sent(email: Compiled, values: dict[str, str] | None = None, **changed: Any) -> bytes:
    headers = {
        "message_id": "d17.3@keel.example",
        "from_": Mailbox("Priya Raman", "programs@keel.example"),
        "to": Mailbox("Mira Okafor", "mira@hafen.example"),
        "reply_to": None,
        "date": NOW,
        "list_id": "onboarding.keel.example",
    }
    return fill(email, VALUES | (values or {}), **(ADDRESSES | headers | changed))


def opened(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(message: bytes, kind: str) -> str:
    """Return the text or HTML part of a message as a mail program decodes it, with LF."""
    body = opened(message).get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="{}*`[]()"), min_size=1)
TEXTS = WORDS.map(str.strip).filter(bool)
URLS = st.integers(0, 10**9).map(lambda number: f"https://docs.example/page/{number}?from=mail&n=1")
RICH = st.one_of(
    TEXTS,
    TEXTS.map(lambda text: f"**{text}** and `{text}`"),
    st.tuples(TEXTS, URLS).map(lambda pair: f"See [{pair[0]}]({pair[1]})"),
    TEXTS.map(lambda text: f'{text} {{{{ contact.first_name | default("there") }}}}'),
)
BLOCKS = st.one_of(
    TEXTS.map(lambda text: {"type": "heading", "text": text[:200]}),
    st.lists(RICH, min_size=1, max_size=3).map(lambda parts: {"type": "text", "text": "\n\n".join(parts)}),
    st.lists(RICH, min_size=1, max_size=4).map(lambda items: {"type": "list", "items": items}),
    st.tuples(TEXTS, URLS).map(lambda pair: {"type": "button", "label": pair[0][:200], "url": pair[1]}),
    RICH.map(lambda text: {"type": "tip", "text": text}),
    TEXTS.map(lambda text: {"type": "code", "text": f"job:\n  script: {text}"}),
    st.just({"type": "divider"}),
    TEXTS.map(lambda text: {"type": "nps", "question": text[:200]}),
    st.just({"type": "signature", "name": "{{ sender.name }}", "title": "Customer Programs"}),
)
DRAFTS = st.builds(
    Draft, subject=TEXTS.map(lambda text: text[:200]), preheader=TEXTS.map(lambda text: text[:200]),
    blocks=st.lists(BLOCKS, min_size=1, max_size=8),
)  # fmt: skip
