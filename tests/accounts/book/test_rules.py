from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.book.rules import (
    BadSalesforceId,
    HierarchyLoop,
    LifecycleStage,
    display_priority,
    may_change_stage,
    to_salesforce_18,
    ultimate_parent,
    would_cycle,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
short_ids = st.text(LETTERS, min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("short", "suffix"),
    [
        ("001000000000001", "AAA"),
        ("0012000001abCDe", "AAM"),
        ("A01000000000000", "BAA"),
        ("aaaaABBBBB00000", "Q5A"),
        ("ABCDEFGHIJKLMNO", "555"),
        ("abcdefghijklmno", "AAA"),
    ],
)
def test_a_short_id_gets_the_letters_that_encode_its_capitals(short: str, suffix: str) -> None:
    assert to_salesforce_18(short) == short + suffix
    assert to_salesforce_18(short + suffix) == short + suffix


def test_a_published_pair_of_forms_agrees() -> None:
    assert to_salesforce_18("001D000000IRFma") == "001D000000IRFmaIAH"


@given(short_ids)
def test_both_forms_of_an_id_are_one(short: str) -> None:
    full = to_salesforce_18(short)
    assert full[:15] == short
    assert to_salesforce_18(full) == full
    assert to_salesforce_18(f"  {full}\n") == full


@given(short_ids, st.integers(0, 14))
def test_ids_that_differ_by_case_alone_are_different_in_any_case(short: str, place: int) -> None:
    other = short[:place] + short[place].swapcase() + short[place + 1 :]
    if other != short:
        assert to_salesforce_18(other).lower() != to_salesforce_18(short).lower()


@given(short_ids)
def test_an_id_whose_case_was_changed_is_found_out(short: str) -> None:
    full = to_salesforce_18(short)
    for spoiled in (full.lower(), full.upper()):
        if spoiled != full:
            with pytest.raises(BadSalesforceId, match="upper and lower case"):
                to_salesforce_18(spoiled)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("00120000", "has 8 characters"),
        ("0012000000000001", "has 16 characters"),
        ("001-00000000001", "contains '-'"),
        ("001 00000000001", "contains ' '"),
        ("00100000000000é", "contains 'é'"),
        ("00100000000000٣", "contains '٣'"),
        ("001000000000001AAB", "should end in AAA"),
        ("001000000000001aaa", "should end in AAA"),
    ],
)
def test_what_is_no_salesforce_id_is_refused_with_its_problem(raw: str, problem: str) -> None:
    with pytest.raises(BadSalesforceId) as refusal:
        to_salesforce_18(raw)
    assert problem in str(refusal.value)


@pytest.mark.parametrize(("priority", "shown"), [(1, "Pr1"), (4, "Pr4"), (None, "Not set")])
def test_a_priority_is_shown_as_the_handbook_writes_it(priority: int | None, shown: str) -> None:
    assert display_priority(priority) == shown


TREE: dict[int, int | None] = {1: None, 2: 1, 3: 2, 4: 1, 5: None}


@pytest.mark.parametrize(("account", "top"), [(1, 1), (2, 1), (3, 1), (4, 1), (5, 5), (99, 99)])
def test_the_ultimate_parent_is_the_topmost_account(account: int, top: int) -> None:
    assert ultimate_parent(TREE, account) == top


@pytest.mark.parametrize(
    ("child", "parent", "closes"),
    [(1, 1, True), (1, 3, True), (2, 3, True), (3, 4, False), (3, 1, False), (5, 3, False), (99, 3, False)],
)
def test_an_account_cannot_come_under_its_own_descendant(child: int, parent: int, closes: bool) -> None:
    assert would_cycle(TREE, child, parent) is closes


def test_a_circle_that_is_already_there_ends_the_search() -> None:
    circle: dict[int, int | None] = {1: 2, 2: 1}
    assert would_cycle(circle, 3, 1) is False
    with pytest.raises(HierarchyLoop):
        ultimate_parent(circle, 1)
    with pytest.raises(HierarchyLoop):
        ultimate_parent({7: 1, **circle}, 7)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_a_tree_grown_by_the_rule_never_loops(moves: list[tuple[int, int]]) -> None:
    parent_of: dict[int, int | None] = {}
    for child, parent in moves:
        if not would_cycle(parent_of, child, parent):
            parent_of[child] = parent
    for account in range(13):
        top = ultimate_parent(parent_of, account)
        assert parent_of.get(top) is None
        above = parent_of.get(account)
        assert above is None or ultimate_parent(parent_of, above) == top


WAYS = {
    "onboarding": "implementation adoption will_churn churned",
    "implementation": "adoption will_churn churned",
    "adoption": "optimize will_churn churned",
    "optimize": "adoption will_churn churned",
    "will_churn": "adoption churned",
    "churned": "onboarding",
}


@pytest.mark.parametrize(("before", "after"), list(product(LifecycleStage, LifecycleStage)))
def test_a_customers_life_moves_along_its_stages(before: LifecycleStage, after: LifecycleStage) -> None:
    assert may_change_stage(before, after) is (after.value in WAYS[before.value].split())
