"""The email compiler: plain Python from blocks to bytes. `compile_draft` once, `fill` for each person."""

from contacts.content.rules.blocks import SHAPES, Draft, DraftError, Problem
from contacts.content.rules.compilation import Compiled, compile_draft, fill, fill_html, fill_subject
from contacts.content.rules.encoding import Mailbox, UnusableHeader, ascii_address
from contacts.content.rules.inline import Link
from contacts.content.rules.layout import Brand
from contacts.content.rules.tokens import KNOWN_TOKENS, KnownToken, MissingValue, UnreadableValue, evaluate_url

__all__ = [
    "KNOWN_TOKENS",
    "SHAPES",
    "Brand",
    "Compiled",
    "Draft",
    "DraftError",
    "KnownToken",
    "Link",
    "Mailbox",
    "MissingValue",
    "Problem",
    "UnreadableValue",
    "UnusableHeader",
    "ascii_address",
    "compile_draft",
    "evaluate_url",
    "fill",
    "fill_html",
    "fill_subject",
]
