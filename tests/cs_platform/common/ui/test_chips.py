from __future__ import annotations

import pytest

from cs_platform.common.ui import chips, icons, people


def test_a_chip_escapes_what_people_wrote() -> None:
    assert chips.chip("<b>", "good") == '<span class="chip chip-good">&lt;b&gt;</span>'


def test_a_chip_refuses_a_tone_that_has_no_colour() -> None:
    with pytest.raises(ValueError, match="no tone 'purple'"):
        chips.chip("x", "purple")


@pytest.mark.parametrize(
    ("band", "word", "shape"),
    [
        ("green", "Healthy", 'r="4.5"'),
        ("yellow", "At risk", "M6 1.2"),
        ("red", "Critical", "M6 .6"),
        ("", "No data", "none"),
    ],
)
def test_health_is_told_by_word_and_shape_and_never_by_colour_alone(band: str, word: str, shape: str) -> None:
    assert word in chips.health(band)
    assert shape in chips.health(band)
    assert f'aria-label="{word}"' in chips.health_glyph(band)


def test_a_score_of_zero_is_shown() -> None:
    assert '<b class="num">0</b>' in chips.health("red", 0)


@pytest.mark.parametrize(
    ("name", "letters"), [("Maya Lindqvist", "ML"), ("Madonna", "MA"), ("Ana de la Cruz", "AC"), ("  ", "?")]
)
def test_initials_are_the_first_letters_of_the_first_and_last_name(name: str, letters: str) -> None:
    assert people.initials(name) == letters


def test_a_person_keeps_her_colour() -> None:
    assert people.avatar("Maya Lindqvist") == people.avatar("Maya Lindqvist")
    assert "avatar-xs avatar-" in people.avatar("Maya", "xs")


def test_an_icon_is_hidden_from_screen_readers() -> None:
    drawn = icons.icon("mail", 14, "text-muted")

    assert 'aria-hidden="true"' in drawn
    assert 'width="14"' in drawn
    assert 'class="shrink-0 text-muted"' in drawn
    assert "xmlns" not in drawn
