"""
Text that PostgreSQL refuses, dealt with once at every entrance.

It stores no NUL and nothing that is not UTF-8, such as half of a surrogate pair, which JSON and some character sets can
write. In a text that is kept such characters are dropped; an address that holds one names nothing.
"""

from __future__ import annotations

import re
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Return `text` without the characters that PostgreSQL refuses."""
    return UNSTORABLE.sub("", text)


def is_clean(text: str) -> bool:
    return UNSTORABLE.search(text) is None


def clean_json(value: Any) -> Any:
    """Return decoded JSON with every text in it clean, names of fields included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_json(each) for each in value]
    if isinstance(value, dict):
        return {clean(name): clean_json(each) for name, each in value.items()}
    return value
