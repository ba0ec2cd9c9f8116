"""The demo's emails as files that read like letters: Markdown in, an email's draft out.

A file begins with its subject and preheader between two lines of three dashes. Then:

    # A heading
    A paragraph with **bold**, `code`, [a link](https://docs.example/x) and {{ tokens }}.
    - a list item
    > a tip
    ```            around lines of code
    ? a question answered on a scale from 0 to 10
    [Button label](https://docs.example/x)      a link alone in its paragraph
    ---            a dividing line
    -- Name | Title
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from contacts.content.rules import Draft

EMAILS = Path(__file__).parent / "emails"

_HEAD = re.compile(r"---\nsubject: (?P<subject>[^\n]+)\npreheader: (?P<preheader>[^\n]+)\n---\n(?P<body>.+)", re.DOTALL)
_BUTTON = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+|\{\{[^{}]+\}\})\)")
_FENCE = re.compile(r"(```[a-z]*\n.*?\n```)", re.DOTALL)

_NO_WORDS = re.compile(r"\]\([^)]*\)|(?<=\{\{)[^}]*(?=\}\})")


class UnreadableProse(ValueError):
    """An email file does not have the shape this module reads."""


def read_email(name: str) -> Draft:
    """Return the draft in `emails/<name>.md`, such as `cd_series/01_environments`."""
    return draft_of((EMAILS / f"{name}.md").read_text(encoding="utf-8"))


def draft_of(source: str) -> Draft:
    """Return the draft a file's text stands for; the compiler judges its content."""
    match = _HEAD.fullmatch(source)
    if match is None:
        raise UnreadableProse("An email begins with a subject and a preheader between two lines of ---")
    blocks = []
    for part in _FENCE.split(match["body"]):
        if part.startswith("```"):
            blocks.append({"type": "code", "text": part.split("\n", 1)[1].removesuffix("\n```")})
        else:
            blocks += [_block(paragraph.strip()) for paragraph in part.split("\n\n") if paragraph.strip()]
    return Draft(match["subject"].strip(), match["preheader"].strip(), blocks)


def _block(paragraph: str) -> dict[str, Any]:
    if paragraph == "---":
        return {"type": "divider"}
    if button := _BUTTON.fullmatch(paragraph):
        return {"type": "button", "label": button[1], "url": button[2]}
    mark, _, rest = paragraph.partition(" ")
    text = rest.replace("\n", " ")
    match mark:
        case "#":
            return {"type": "heading", "text": text}
        case "?":
            return {"type": "nps", "question": text}
        case "-":
            return {"type": "list", "items": [_item(item) for item in re.split(r"^- ", rest, flags=re.MULTILINE)]}
        case ">":
            return {"type": "tip", "text": re.sub(r"\n> ?", " ", rest)}
        case "--":
            name, _, title = text.partition(" | ")
            return {"type": "signature", "name": name, "title": title}
    return {"type": "text", "text": paragraph.replace("\n", " ")}


def _item(item: str) -> str:
    return " ".join(item.split())


def words_of(draft: Draft) -> int:
    """Count the words of prose: headings, texts, list items, tips and questions; no code, no button."""
    texts: list[str] = []
    for block in draft.blocks:
        if block["type"] in {"heading", "text", "tip", "nps"}:
            texts.append(block.get("text") or block["question"])
        texts += block.get("items", ())
    return sum(len(_NO_WORDS.sub("", text).split()) for text in texts)
