from __future__ import annotations

import secrets

import pytest

from cs_platform.setup.rules import LETTERS, matches, written


def test_a_code_has_four_groups_of_letters_that_nobody_confuses() -> None:
    groups = written(secrets.choice).split("-")

    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert set("".join(groups)) <= set(LETTERS)
    assert not set("01OIL") & set(LETTERS)


@pytest.mark.parametrize("given", ["K7QM-2XWD-9HTA-RP4C", "k7qm2xwd9htarp4c", " K7QM 2XWD 9HTA RP4C "])
def test_case_spaces_and_dashes_do_not_matter(given: str) -> None:
    assert matches("K7QM-2XWD-9HTA-RP4C", given)


@pytest.mark.parametrize("given", ["", "K7QM-2XWD-9HTA-RP4D", "K7QM-2XWD-9HTA", "Ä" * 16])
def test_anything_else_does_not_match(given: str) -> None:
    assert not matches("K7QM-2XWD-9HTA-RP4C", given)


def test_without_a_code_nothing_matches() -> None:
    assert not matches("", "")
