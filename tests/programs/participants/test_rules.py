"""A participant's reason is a sentence."""

from __future__ import annotations

import pytest

from contacts.recipients.rules import Reason
from programs.participants.rules import OURS, reason_in_words


@pytest.mark.parametrize("code", [*OURS, *Reason])
def test_every_reason_is_a_whole_sentence(code: str) -> None:
    words = reason_in_words(code)

    assert words[0].isupper()
    assert words.endswith(".")
    assert "_" not in words


def test_a_reason_without_words_stays_readable() -> None:
    assert reason_in_words("moon_was_full") == "Moon was full."
    assert reason_in_words("") == ""
