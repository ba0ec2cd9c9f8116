"""
Text as it comes in: what PostgreSQL refuses, dealt with once at every entrance, and words that stand for a choice.

It stores no NUL and nothing that is not UTF-8, such as half of a surrogate pair, which JSON and some character sets can
write. In a text that is kept such characters are dropped; an address that holds one names nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
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


def plain(word: str) -> str:
    """
    Return a word without spacing, punctuation and case, by which headings and choices are recognized.

    Letters of every script count. A word of nothing but punctuation is itself.
    """
    folded = unicodedata.normalize("NFKC", word).casefold()
    return "".join(sign for sign in folded if sign.isalnum() or unicodedata.category(sign)[0] == "M") or word.strip()


def value_of_choice(choices: Iterable[tuple[Any, str]], given: str) -> Any:
    """Return the value of the (value, label) pair that `given` names by either word, however spelled; or None."""
    known = {plain(str(word)): value for value, label in reversed(list(choices)) for word in (label, value)}
    return known.get(plain(given))


def either(labels: Iterable[str]) -> str:
    """Return "A, B or C"."""
    *others, last = labels
    return f"{', '.join(others)} or {last}" if others else last
