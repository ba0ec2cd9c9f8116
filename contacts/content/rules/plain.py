"""The text part of an email, for readers without HTML; it holds the same links and slots."""

from __future__ import annotations

from collections.abc import Sequence

from contacts.content.rules import blocks as b
from contacts.content.rules.inline import Rich, Span
from contacts.content.rules.layout import Frame


def text_of(content: Sequence[b.Block], frame: Frame) -> str:
    """Return the text with its slots, blocks apart by a blank line, lines not wrapped."""
    footer = [frame.reason, f"{frame.organisation}, {frame.address}"]
    if frame.has_unsubscribe:
        footer.append("Unsubscribe: {{unsubscribe}}")
    return "\n\n".join([*(_block(block) for block in content), "-- \n" + "\n".join(footer)]) + "\n"


def _block(block: b.Block) -> str:
    match block:
        case b.Heading(text):
            return text
        case b.Text(paragraphs):
            return "\n\n".join(_rich(rich) for rich in paragraphs)
        case b.BulletList(items):
            return "\n".join(f"* {_rich(rich)}" for rich in items)
        case b.Button(label, href):
            return f"{label}:\n{href}"
        case b.Tip(text):
            return f"Tip: {_rich(text)}"
        case b.Code(lines):
            return "\n".join(f"    {line}" for line in lines)
        case b.Nps(question, hrefs):
            scale = "\n".join(f"{score}: {href}" for score, href in enumerate(hrefs))
            return f"{question}\n(0 not at all likely, 10 extremely likely)\n{scale}"
        case b.Signature(name, title):
            return f"{name}\n{title}"
    return "* * *"


def _rich(spans: Rich) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = span.text.replace("\n", " ")
    return f"{text} ({span.href})" if span.href else text
