"""Whether conditions hold, and that the canonical form means the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.segments.rules import FieldKind, FieldSpec, canonical, judge, parse, sentence

TODAY = dt.date(2026, 3, 2)
SPECS = [
    FieldSpec("segment", "Segment", FieldKind.CHOICE, (("a", "A"), ("b", "B"), ("c", "C"))),
    FieldSpec("seats", "Seats", FieldKind.NUMBER),
    FieldSpec("started", "Start", FieldKind.DATE),
    FieldSpec("is_pubsec", "PubSec", FieldKind.FLAG),
    FieldSpec("roles", "Roles", FieldKind.MULTI),
]
FIELDS = {spec.key: spec for spec in SPECS}


def leaf(field: str, op: str, *value: object) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value[0]} if value else {"field": field, "op": op}


def holds(raw: object, **facts: object) -> bool:
    return judge(parse(raw, FIELDS), facts, today=TODAY)


@pytest.mark.parametrize(
    ("op", "value", "below", "same", "above"),
    [
        ("eq", 5, False, True, False),
        ("ne", 5, True, False, True),
        ("lt", 5, True, False, False),
        ("lte", 5, True, True, False),
        ("gt", 5, False, False, True),
        ("gte", 5, False, True, True),
        ("between", [5, 5], False, True, False),
        ("is_set", None, True, True, True),
        ("is_not_set", None, False, False, False),
    ],
)
def test_numbers_are_compared(op: str, value: object, below: bool, same: bool, above: bool) -> None:
    raw = leaf("seats", op, value)
    assert [holds(raw, seats=seats) for seats in (4.5, 5, 5.5)] == [below, same, above]


@pytest.mark.parametrize(
    ("raw", "offsets"),
    [
        (leaf("started", "older_than_days", 3), {-5, -4}),
        (leaf("started", "older_than_days", 0), {-5, -4, -3, -2, -1}),
        (leaf("started", "within_days", 2), {0, 1, 2}),
        (leaf("started", "within_days", -2), {-2, -1, 0}),
        (leaf("started", "within_days", 0), {0}),
        (leaf("started", "eq", "2026-03-02"), {0}),
        (leaf("started", "lt", "2026-03-02"), {-5, -4, -3, -2, -1}),
        (leaf("started", "gte", "2026-03-02"), {0, 1, 2, 3, 4, 5}),
        (leaf("started", "between", ["2026-03-01", "2026-03-03"]), {-1, 0, 1}),
    ],
)
def test_dates_are_compared_with_today(raw: object, offsets: set[int]) -> None:
    found = {offset for offset in range(-5, 6) if holds(raw, started=TODAY + dt.timedelta(days=offset))}
    assert found == offsets


def test_choices_flags_and_several_values_are_compared() -> None:
    assert holds(leaf("segment", "in", ["a", "b"]), segment="b")
    assert not holds(leaf("segment", "in", ["a", "b"]), segment="c")
    assert holds(leaf("segment", "not_in", ["a", "b"]), segment="c")
    assert holds(leaf("is_pubsec", "eq", False), is_pubsec=False)
    assert not holds(leaf("is_pubsec", "eq", True), is_pubsec=False)
    for roles in (["x", "y"], ("y",), {"y"}, frozenset({"y", "z"})):
        assert holds(leaf("roles", "contains", "y"), roles=roles)
        assert not holds(leaf("roles", "contains", "q"), roles=roles)


@pytest.mark.parametrize("missing", [{}, {"seats": None, "segment": None}, {"segment": "", "roles": []}])
def test_a_missing_fact_is_nothing_but_not_equal_and_not_set(missing: dict[str, object]) -> None:
    yes = [
        leaf("segment", "ne", "a"),
        leaf("segment", "not_in", ["a", "b"]),
        leaf("segment", "is_not_set"),
        leaf("roles", "is_not_set"),
        leaf("is_pubsec", "ne", True),
        {"not": leaf("seats", "lt", 5)},
    ]
    no = [
        leaf("segment", "eq", "a"),
        leaf("segment", "in", ["a", "b"]),
        leaf("segment", "is_set"),
        leaf("seats", "lt", 5),
        leaf("seats", "gte", 5),
        leaf("seats", "between", [0, 9]),
        leaf("started", "older_than_days", 0),
        leaf("started", "within_days", 9),
        leaf("roles", "contains", "x"),
        leaf("is_pubsec", "eq", False),
    ]
    assert all(holds(raw, **missing) for raw in yes)
    assert not any(holds(raw, **missing) for raw in no)


def test_groups_are_all_any_and_not() -> None:
    a, few = leaf("segment", "eq", "a"), leaf("seats", "lt", 5)
    assert holds({"all": [a, few]}, segment="a", seats=1)
    assert not holds({"all": [a, few]}, segment="a", seats=9)
    assert holds({"any": [a, few]}, segment="a", seats=9)
    assert not holds({"any": [a, few]}, segment="b", seats=9)
    assert holds({"not": {"any": [a, few]}}, segment="b", seats=9)
    assert holds({})


LOW_LICENSE = {
    "all": [
        leaf("segment", "eq", "a"),
        leaf("seats", "lt", 0.75),
        leaf("started", "between", ["2025-10-03", "2025-12-02"]),
    ]
}


@pytest.mark.parametrize(
    ("segment", "seats", "age", "enrolled"),
    [
        ("a", 0.749, 100, True),
        ("a", 0.75, 100, False),
        ("a", 0.1, 89, False),
        ("a", 0.1, 151, False),
        ("b", 0.1, 100, False),
    ],
)
def test_the_low_license_audience_has_its_borders(segment: str, seats: float, age: int, enrolled: bool) -> None:
    assert holds(LOW_LICENSE, segment=segment, seats=seats, started=TODAY - dt.timedelta(days=age)) is enrolled


numbers = st.integers(-3, 3) | st.sampled_from([0.5, "1.5", "-0.25"])
dates = st.integers(-3, 3).map(lambda days: (TODAY + dt.timedelta(days=days)).isoformat())
choices = st.sampled_from(["a", "b", "c"])


def leaves_of(field: str, ops: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(leaf, st.just(field), st.sampled_from(ops), values)


order = ["eq", "ne", "lt", "lte", "gt", "gte"]
simple = st.one_of(
    leaves_of("segment", ["eq", "ne"], choices),
    leaves_of("segment", ["in", "not_in"], st.lists(choices, min_size=1, max_size=3)),
    leaves_of("seats", order, numbers),
    leaves_of("seats", ["between"], st.tuples(st.integers(-3, 0), st.integers(0, 3)).map(list)),
    leaves_of("started", order, dates),
    leaves_of("started", ["older_than_days"], st.integers(0, 3)),
    leaves_of("started", ["within_days"], st.integers(-3, 3)),
    leaves_of("is_pubsec", ["eq", "ne"], st.booleans()),
    leaves_of("roles", ["contains"], st.sampled_from(["x", "y"])),
    st.builds(leaf, st.sampled_from(sorted(FIELDS)), st.sampled_from(["is_set", "is_not_set"])),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
).filter(lambda raw: str(raw).count("{") < 9)
facts_drawn = st.fixed_dictionaries(
    {},
    optional={
        "segment": st.sampled_from(["", "a", "b", "c", None]),
        "seats": st.none() | st.integers(-3, 3) | st.sampled_from([0.5, 1.5]),
        "started": st.none() | st.integers(-4, 4).map(lambda days: TODAY + dt.timedelta(days=days)),
        "is_pubsec": st.none() | st.booleans(),
        "roles": st.sets(st.sampled_from(["x", "y", "z"])),
    },
)


@given(conditions, facts_drawn)
def test_the_canonical_form_means_the_same(raw: dict[str, Any], facts: dict[str, object]) -> None:
    condition = parse(raw, FIELDS)
    again = parse(canonical(condition), FIELDS)
    assert judge(again, facts, today=TODAY) is judge(condition, facts, today=TODAY)


@given(conditions)
def test_the_canonical_form_is_its_own_canonical_form(raw: dict[str, Any]) -> None:
    written = canonical(parse(raw, FIELDS))
    assert canonical(parse(written, FIELDS)) == written


@given(conditions, conditions)
def test_the_order_and_repetition_of_parts_leave_the_canonical_form_alone(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    for key in ("all", "any"):
        straight = canonical(parse({key: [one, other]}, FIELDS))
        assert canonical(parse({key: [other, one, {key: [other]}]}, FIELDS)) == straight


@given(conditions, facts_drawn)
def test_not_is_the_exact_opposite(raw: dict[str, Any], facts: dict[str, object]) -> None:
    assert holds({"not": raw}, **facts) is not holds(raw, **facts)


@given(conditions)
def test_every_condition_has_words(raw: dict[str, Any]) -> None:
    words = sentence(parse(raw, FIELDS), FIELDS)
    assert words.count("(") == words.count(")")
    assert words[0] in "ASPRn("
