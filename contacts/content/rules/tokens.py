"""The tokens of an email: a closed grammar that is a strict subset of Jinja2's.

    {{ account.name }}
    {{ contact.first_name | default("there") }}
    {{ account.renewal_date | date | default("soon") }}

Nothing else between double braces is accepted, so no template engine ever sees what a
person wrote, and a value can never be mistaken for a token.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contacts.content.rules.encoding import one_line

Kind = Literal["text", "date", "link"]


@dataclass(frozen=True)
class KnownToken:
    """A name an author may use: what it stands for and how a preview fills it."""

    name: str
    label: str
    sample: str
    kind: Kind = "text"


def _registry(*tokens: KnownToken) -> Mapping[str, KnownToken]:
    return {token.name: token for token in tokens}


KNOWN_TOKENS = _registry(
    KnownToken("account.name", "Account name", "Hafen Logistik"),
    KnownToken("account.products", "Products of the account", "GitLab Premium"),
    KnownToken("account.renewal_date", "Next renewal date", "2026-03-01", "date"),
    KnownToken("contact.first_name", "First name", "Mira"),
    KnownToken("contact.last_name", "Last name", "Okafor"),
    KnownToken("contact.full_name", "Full name", "Mira Okafor"),
    KnownToken("recipient.reason", "Reason for receiving the email", "you are a GitLab Admin contact"),
    KnownToken("csm.name", "Customer success manager", "Jonas Lind"),
    KnownToken("csm.email", "Customer success manager email", "jonas.lind@keel.example"),
    KnownToken("sender.name", "Sender", "Priya Raman"),
    KnownToken("organisation.name", "Our organization", "GitLab Customer Programs"),
    KnownToken("organisation.address", "Our postal address", "1 Harbour Street, Rotterdam"),
    KnownToken("survey.link", "Recipient's survey link", "https://keel.example/s/x", "link"),
    KnownToken("unsubscribe.link", "Unsubscribe link", "https://keel.example/u/x", "link"),
)


@dataclass(frozen=True)
class Filter:
    name: str
    argument: str = ""


@dataclass(frozen=True)
class Expression:
    """One token as written: a name and what to do to its value, left to right."""

    name: str
    filters: tuple[Filter, ...] = ()


class TokenError(ValueError):
    """The text holds something between braces that is not a known token."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(f"{message} (character {position + 1})")
        self.position = position


class MissingValue(ValueError):
    """A token without a default has no value for this person; the message must be held."""

    def __init__(self, token: str) -> None:
        super().__init__(f"No value for {{{{ {token} }}}} and no default in the email")
        self.token = token


class UnreadableValue(ValueError):
    """A value does not fit the filter its token asks for."""

    def __init__(self, token: str, message: str) -> None:
        super().__init__(f"{{{{ {token} }}}}: {message}")
        self.token = token


_QUOTED = r"\"[^\"\\{}\n]*\"|'[^'\\{}\n]*'"
# Read piece by piece, each in one way only: no text makes the reader try two readings of one space.
_NAME = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*")
_FILTER = re.compile(rf"\|\s*([a-z_]+)\s*(?:\(\s*(?:({_QUOTED})\s*)?\)\s*)?")
_END = "}}"
_SUSPICIOUS = re.compile(r"\{\{|\{%|\{#")


def parse(text: str) -> list[str | Expression]:
    """Split a text into literal runs and tokens.

    :raises TokenError: naming the token and its position, for anything in braces that is not one.
    """
    pieces: list[str | Expression] = []
    position = 0
    while opening := _SUSPICIOUS.search(text, position):
        start = opening.start()
        if start > position:
            pieces.append(text[position:start])
        expression, position = _token(text, start)
        pieces.append(expression)
    if position < len(text):
        pieces.append(text[position:])
    return pieces


# Return the token that begins there, and where it ends.
def _token(text: str, start: int) -> tuple[Expression, int]:
    found = _NAME.match(text, start)
    end = found.end() if found else start
    filters: list[Filter] = []
    while found and (part := _FILTER.match(text, end)):
        filters.append(Filter(part[1], (part[2] or "")[1:-1]))
        end = part.end()
    if not found or not text.startswith(_END, end):
        snippet = text[start : start + 30].split("\n", maxsplit=1)[0]
        raise TokenError(f"“{snippet}” is not a token such as {{{{ account.name }}}}", position=start)
    return _expression(found[1], tuple(filters), start), end + len(_END)


def _expression(name: str, filters: tuple[Filter, ...], start: int) -> Expression:
    if name not in KNOWN_TOKENS:
        near = difflib.get_close_matches(name, KNOWN_TOKENS, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise TokenError(f"Unknown token “{name}”{hint}", position=start)
    fault = _filter_fault(KNOWN_TOKENS[name], filters)
    if fault:
        raise TokenError(f"“{name}”: {fault}", position=start)
    return Expression(name, filters)


def _filter_fault(token: KnownToken, filters: tuple[Filter, ...]) -> str:
    if token.kind == "link" and filters:
        return "links don't take filters"
    for index, filter_ in enumerate(filters):
        if filter_.name == "default":
            if not filter_.argument.strip():
                return 'default needs a value, such as default("there")'
            if index != len(filters) - 1:
                return "default must come last"
        elif filter_.name not in {"upper", "title", "date"}:
            return f"unknown filter “{filter_.name}”; use default, upper, title or date"
        elif filter_.argument:
            return f"{filter_.name} doesn't take an argument"
        elif filter_.name == "date" and (token.kind != "date" or index):
            return "date only works on dates and must come first"
    return ""


def evaluate(expression: Expression, values: Mapping[str, str]) -> str:
    """Return what a reader sees in place of the token: one line of plain text.

    An empty value counts as missing.

    :raises MissingValue: when there is neither a value nor a default.
    :raises UnreadableValue: when a value is no date but is to be shown as one.
    """
    value = one_line(values.get(expression.name) or "")
    for filter_ in expression.filters:
        if filter_.name == "default":
            value = value or filter_.argument
        elif value:
            value = _FILTERS[filter_.name](expression.name, value)
    if not value:
        raise MissingValue(expression.name)
    return value


def evaluate_url(url: str, values: Mapping[str, str]) -> str:
    """Return a link's address with the tokens in it filled for one person."""
    return "".join(piece if isinstance(piece, str) else evaluate(piece, values) for piece in parse(url))


def _long_date(name: str, value: str) -> str:
    try:
        date = dt.date.fromisoformat(value)
    except ValueError:
        raise UnreadableValue(name, f"“{value}” is not a date such as 2026-03-01") from None
    return f"{date.day} {date:%B %Y}"


_FILTERS = {
    "upper": lambda _name, value: value.upper(),
    "title": lambda _name, value: value.title(),
    "date": _long_date,
}
