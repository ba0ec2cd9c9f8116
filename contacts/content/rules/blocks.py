"""The blocks an email is written in, and what is wrong with them.

As stored, a block is a JSON object with a `type` and the fields of `SHAPES`. As read, it is
one of the dataclasses below, its tokens and links numbered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from contacts.content.rules import tokens
from contacts.content.rules.inline import InlineError, Ledger, Rich, Span, read

FieldKind = Literal["rich", "plain", "code", "address", "items"]

SHAPES: Mapping[str, Mapping[str, FieldKind]] = {
    "heading": {"text": "plain"},
    "text": {"text": "rich"},
    "list": {"items": "items"},
    "button": {"label": "plain", "url": "address"},
    "tip": {"text": "rich"},
    "code": {"text": "code"},
    "divider": {},
    "nps": {"question": "plain"},
    "signature": {"name": "plain", "title": "plain"},
}
"""Every type of block with its fields; all fields are required."""

MOST_BLOCKS = 60
MOST_ITEMS = 30
MOST_CHARACTERS = {"plain": 200, "rich": 5_000, "code": 2_000, "address": 2_000, "items": 1_000}


@dataclass(frozen=True)
class Draft:
    """An email as written: two lines of text and a list of blocks (JSON objects)."""

    subject: str
    preheader: str
    blocks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Problem:
    """One thing to mend before the email can be published. Blocks are counted from 1."""

    block: int | None
    field: str
    message: str

    def __str__(self) -> str:
        where = f"Block {self.block}, {self.field}" if self.block else self.field.capitalize()
        return f"{where}: {self.message}"


class DraftError(ValueError):
    """The draft cannot be compiled; `problems` lists every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Text:
    paragraphs: tuple[Rich, ...]


@dataclass(frozen=True)
class BulletList:
    items: tuple[Rich, ...]


@dataclass(frozen=True)
class Button:
    label: str
    href: str


@dataclass(frozen=True)
class Tip:
    text: Rich


@dataclass(frozen=True)
class Code:
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Divider:
    pass


@dataclass(frozen=True)
class Nps:
    """The question of a Net Promoter Score: eleven links, 0 to 10, to the person's survey page."""

    question: str
    hrefs: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    name: str
    title: str


Block = Heading | Text | BulletList | Button | Tip | Code | Divider | Nps | Signature

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")
_PARAGRAPH_GAP = re.compile(r"\n[ \t]*\n+")


class Reader:
    """Reads one draft from top to bottom, numbering what it finds and collecting what is wrong."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.problems: list[Problem] = []

    def line(self, value: object, *, block: int | None, field: str, required: bool = True) -> str:
        """Read a single line in which only tokens have a meaning."""
        text = self._text(value, "plain", block, field, required=required)
        if "\n" in text:
            self._object(block, field, "must be one line")
        marked = self._marked(text, block, field)
        for name in self.ledger.names_links(marked):
            self._object(block, field, f"{name} is a link and can't be used here")
        return marked

    def block(self, raw: object, number: int) -> Block | None:
        """Read one block, or note why it cannot be read and return None."""
        if not isinstance(raw, Mapping):
            self._object(number, "type", "must be an object with a type")
            return None
        kind = raw.get("type")
        shape = SHAPES.get(kind) if isinstance(kind, str) else None
        if shape is None:
            self._object(number, "type", f"unknown block type “{kind}”; use one of {', '.join(SHAPES)}")
            return None
        before = len(self.problems)
        for name in raw.keys() - shape.keys() - {"type"}:
            self._object(number, str(name), f"is not a field of a {kind} block")
        fields = {name: self._field(raw.get(name), how, number, name) for name, how in shape.items()}
        return self._build(str(kind), fields) if len(self.problems) == before else None

    def _build(self, kind: str, fields: dict[str, Any]) -> Block:
        match kind:
            case "heading":
                return Heading(fields["text"])
            case "text":
                return Text(fields["text"])
            case "list":
                return BulletList(fields["items"])
            case "button":
                return Button(fields["label"], self.ledger.link(fields["url"], fields["label"]))
            case "tip":
                return Tip(_joined(fields["text"]))
            case "code":
                return Code(tuple(fields["text"].split("\n")))
            case "nps":
                return Nps(fields["question"], self._scale())
            case "signature":
                return Signature(fields["name"], fields["title"])
        return Divider()

    def _scale(self) -> tuple[str, ...]:
        page = self.ledger.mark("{{ survey.link }}")
        return tuple(self.ledger.link(f"{page}?score={score}", str(score)) for score in range(11))

    def _field(self, value: object, how: FieldKind, block: int, field: str) -> object:
        match how:
            case "plain":
                return self.line(value, block=block, field=field)
            case "rich":
                text = self._text(value, how, block, field)
                parts = _PARAGRAPH_GAP.split(text) if text else []
                return tuple(self._rich(part, block, field) for part in parts)
            case "items":
                return self._items(value, block, field)
            case "address":
                return self._address(self._text(value, how, block, field), block, field)
        return self._marked(self._text(value, how, block, field), block, field)

    def _items(self, value: object, block: int, field: str) -> tuple[Rich, ...]:
        if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_ITEMS:
            self._object(block, field, f"must be a list of 1 to {MOST_ITEMS} items")
            return ()
        return tuple(
            self._rich(self._text(item, "items", block, f"{field} {index}"), block, f"{field} {index}")
            for index, item in enumerate(value, start=1)
        )

    def _address(self, text: str, block: int, field: str) -> str:
        marked = self._marked(text, block, field)
        try:
            Ledger(expressions=self.ledger.expressions).link(marked, "")
        except InlineError as error:
            self._object(block, field, str(error))
        return marked

    def _rich(self, text: str, block: int, field: str) -> Rich:
        try:
            return read(text, self.ledger)
        except (tokens.TokenError, InlineError) as error:
            self._object(block, field, str(error))
            return ()

    def _marked(self, text: str, block: int | None, field: str) -> str:
        try:
            return self.ledger.mark(text)
        except tokens.TokenError as error:
            self._object(block, field, str(error))
            return ""

    def _text(self, value: object, how: str, block: int | None, field: str, *, required: bool = True) -> str:
        if not isinstance(value, str):
            self._object(block, field, "is required" if value is None else "must be text")
            return ""
        text = value.replace("\r\n", "\n").replace("\r", "\n").expandtabs(2).strip("\n").rstrip()
        text = text if how == "code" else text.lstrip()
        if required and not text:
            self._object(block, field, "is required")
        if len(text) > MOST_CHARACTERS[how]:
            self._object(block, field, f"is longer than {MOST_CHARACTERS[how]} characters")
        if _CONTROL.search(text):
            self._object(block, field, "contains a control character")
        return text

    def _object(self, block: int | None, field: str, message: str) -> None:
        self.problems.append(Problem(block, field, message))


def _joined(paragraphs: tuple[Rich, ...]) -> Rich:
    spans: list[Span] = []
    for index, paragraph in enumerate(paragraphs):
        spans.extend((Span(" "),) if index else ())
        spans.extend(paragraph)
    return tuple(spans)
