"""A participant's reason is a sentence."""

from __future__ import annotations

import pytest

from contacts.recipients.rules import Reason
from programs.participants.rules import OURS, Fate, fates, reason_in_words


@pytest.mark.parametrize("code", [*OURS, *Reason])
def test_every_reason_is_a_whole_sentence(code: str) -> None:
    words = reason_in_words(code)

    assert words[0].isupper()
    assert words.endswith(".")
    assert "_" not in words


def test_a_reason_without_words_stays_readable() -> None:
    assert reason_in_words("moon_was_full") == "Moon was full."
    assert reason_in_words("") == ""


STEPS = ("a", "b", "c", "d")


def test_whoever_is_inside_has_steps_behind_a_next_one_and_steps_to_come() -> None:
    found = fates(STEPS, written={"a"}, skipped={"b"}, at="c", is_inside=True)

    assert found == [Fate.WRITTEN, Fate.SKIPPED, Fate.NEXT, Fate.TO_COME]


def test_whoever_left_never_reaches_the_steps_behind() -> None:
    found = fates(STEPS, written={"a"}, skipped=(), at="b", is_inside=False)

    assert found == [Fate.WRITTEN, Fate.LEFT, Fate.NOT_REACHED, Fate.NOT_REACHED]


def test_whoever_came_through_left_nowhere() -> None:
    assert fates(("a", "b"), written={"a", "b"}, skipped=(), at="b", is_inside=False) == [Fate.WRITTEN, Fate.WRITTEN]


def test_whoever_did_not_enter_reached_nothing() -> None:
    assert set(fates(STEPS, written=(), skipped=(), at="", is_inside=False)) == {Fate.NOT_REACHED}
