from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.people.rules import with_edits

ROLES = st.frozensets(st.sampled_from("abcd"))


@pytest.mark.parametrize(
    ("held", "shown", "wanted", "after"),
    [
        ("a", "a", "ab", "ab"),  # ticked
        ("ab", "ab", "b", "b"),  # unticked
        ("abc", "a", "ab", "abc"),  # somebody else gave c
        ("", "a", "ab", "b"),  # somebody else took a away
        ("b", "a", "ab", "b"),  # both gave b
    ],
)
def test_an_edit_changes_what_its_editor_changed(held: str, shown: str, wanted: str, after: str) -> None:
    assert with_edits(held, shown=shown, wanted=wanted) == frozenset(after)


@given(held=ROLES, wanted=ROLES)
def test_alone_an_editor_gets_what_they_asked_for(held: frozenset[str], wanted: frozenset[str]) -> None:
    assert with_edits(held, shown=held, wanted=wanted) == wanted


@given(held=ROLES, shown=ROLES)
def test_saving_without_a_change_changes_nothing(held: frozenset[str], shown: frozenset[str]) -> None:
    assert with_edits(held, shown=shown, wanted=shown) == held
