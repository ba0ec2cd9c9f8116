"""Inline marks: **bold**, `code` and [label](address), around text that may hold tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from contacts.content.rules import tokens

MOST_URL_CHARACTERS = 2_000
MOST_LABEL_CHARACTERS = 200


@dataclass(frozen=True)
class Span:
    """A run of text in one style. Tokens stand in it as slots, `{{token:0}}`; so do addresses."""

    text: str
    style: Literal["plain", "bold", "code"] = "plain"
    href: str = ""


Rich = tuple[Span, ...]


@dataclass(frozen=True)
class Link:
    """A tracked link of an email. Number 0 is the trap for machines and is no Link."""

    number: int
    url: str
    label: str

    def target(self, values: Mapping[str, str]) -> str:
        """Where the click goes for one person; only the survey's own page differs between people."""
        parts = tokens.parse(self.url)
        return "".join(part if isinstance(part, str) else tokens.evaluate(part, values) for part in parts)


class InlineError(ValueError):
    """A mark is not closed, or an address cannot be used."""


@dataclass
class Ledger:
    """Hands out the numbers of tokens and links while an email is read from top to bottom."""

    expressions: list[tokens.Expression] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """Put a numbered slot in the place of each token."""
        return "".join(piece if isinstance(piece, str) else self._slot(piece) for piece in tokens.parse(text))

    def _slot(self, expression: tokens.Expression) -> str:
        if expression not in self.expressions:
            self.expressions.append(expression)
        return f"{{{{token:{self.expressions.index(expression)}}}}}"

    def link(self, address: str, label: str) -> str:
        """Number a link and return the slot its address is filled into."""
        url = self._unmarked(address.strip())
        if url == "{{ unsubscribe.link }}":
            return "{{unsubscribe}}"
        fault = _address_fault(url)
        if fault:
            raise InlineError(fault)
        number = len(self.links) + 1
        self.links.append(Link(number, url, self._unmarked(label)[:MOST_LABEL_CHARACTERS]))
        return f"{{{{link:{number}}}}}"

    def _unmarked(self, text: str) -> str:
        return _SLOT.sub(lambda match: f"{{{{ {self.expressions[int(match[1])].name} }}}}", text)

    def names_links(self, text: str) -> Iterable[str]:
        """Names of the link tokens that stand in a text, where they would not be clickable."""
        for match in _SLOT.finditer(text):
            name = self.expressions[int(match[1])].name
            if tokens.KNOWN_TOKENS[name].kind == "link":
                yield name


_SLOT = re.compile(r"\{\{token:(\d+)\}\}")
_MARK = re.compile(r"\*\*|`([^`]+)`|\[([^\[\]]+)\]\(([^()\s]*)\)")
_URL = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+", re.IGNORECASE)


def _address_fault(url: str) -> str:
    own_page = url.removeprefix("{{ survey.link }}")
    if own_page != url:
        return "" if re.fullmatch(r"(\?[\w=&.-]+)?", own_page) else "Only ?name=value can follow the survey link"
    if "{{" in url:
        return "A URL can only contain {{ survey.link }} or {{ unsubscribe.link }}, at the beginning"
    if len(url) > MOST_URL_CHARACTERS:
        return f"The URL is longer than {MOST_URL_CHARACTERS} characters"
    try:
        has_host = bool(urlsplit(url).hostname)
    except ValueError:
        has_host = False
    if not has_host or not _URL.fullmatch(url):
        return f"“{url[:60]}” is not a URL that starts with https://"
    return ""


def read(text: str, ledger: Ledger) -> Rich:
    """Split a text into spans, numbering its tokens and links.

    :raises tokens.TokenError: for a token that cannot be used.
    :raises InlineError: for an unclosed mark or a bad address.
    """
    marked = ledger.mark(text)
    spans: list[Span] = []
    bold, position = False, 0
    for match in _MARK.finditer(marked):
        spans.append(Span(marked[position : match.start()], _style(bold)))
        position = match.end()
        if match[0] == "**":
            bold = not bold
        elif match[2] is not None:
            spans.append(Span(match[2], _style(bold), ledger.link(match[3], match[2])))
        else:
            spans.append(Span(match[1], "code"))
    spans.append(Span(marked[position:], _style(bold)))
    if bold:
        raise InlineError("A ** is missing its closing **")
    return _checked(tuple(span for span in spans if span.text), ledger)


def _style(bold: bool) -> Literal["plain", "bold"]:
    return "bold" if bold else "plain"


def _checked(spans: Rich, ledger: Ledger) -> Rich:
    for span in spans:
        if span.style != "code" and "`" in span.text:
            raise InlineError("A ` is missing its closing `")
        if span.style != "code" and "](" in span.text:
            raise InlineError("The URL in [label](URL) can't contain spaces or brackets")
        for name in ledger.names_links(span.text):
            raise InlineError(f"{name} is a link: write it as [label]({{{{ {name} }}}})")
    return spans
