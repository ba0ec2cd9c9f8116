"""A stored reason becomes a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contacts.delivery.rules import reason_in_words
from contacts.recipients.rules import Reason

OPERATIONS = Path(__file__).parents[3] / "contacts" / "delivery" / "operations"


@pytest.mark.parametrize("code", ["worker_died", "server_refused", *Reason])
def test_every_reason_is_a_whole_sentence(code: str) -> None:
    assert re.fullmatch(r"[A-Z].+\.", reason_in_words(code))


def test_every_reason_the_ledger_writes_has_words_of_its_own() -> None:
    written = re.findall(r"reason=\"([a-z_]+)\"", "".join(path.read_text() for path in OPERATIONS.glob("*.py")))

    readable = {code: f"{code.replace('_', ' ').capitalize()}." for code in written}

    assert len(readable) >= 3
    assert [code for code, words in readable.items() if reason_in_words(code) == words] == []


def test_a_reason_without_words_stays_readable() -> None:
    assert reason_in_words("moon_was_full") == "Moon was full."
    assert reason_in_words("") == ""
