from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from cs_platform.common.ui.journey.layout import LINE_GAP, lay_out

BRANCHING = [
    ("in", "d"),
    ("d", "a"),
    ("d", "b"),
    ("a", "a2"),
    ("b", "b2"),
    ("a2", "goal"),
    ("b2", "goal"),
    ("b2", "exit"),
]


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    """Return steps and lines between them; most lead on, a few lead back."""
    steps = [f"s{at}" for at in range(draw(st.integers(1, 12)))]
    pairs = st.tuples(st.sampled_from(steps), st.sampled_from(steps))
    return steps, draw(st.lists(pairs, max_size=20, unique=True))


def test_a_series_is_one_straight_row() -> None:
    layout = lay_out(["a", "b", "c"], [("a", "b"), ("b", "c")])

    assert [(layout.column[step], layout.row[step]) for step in "abc"] == [(0, 0), (1, 0), (2, 0)]


def test_branches_run_side_by_side_and_level() -> None:
    layout = lay_out(["in", "d", "a", "a2", "b", "b2", "goal", "exit"], BRANCHING)

    assert layout.row["a"] == layout.row["a2"] == layout.row["goal"] == 0
    assert layout.row["b"] == layout.row["b2"] == layout.row["exit"] == 1
    assert layout.row["d"] == 0.5


def test_a_step_is_read_after_all_that_lead_to_it() -> None:
    order = lay_out(["in", "d", "a", "a2", "b", "b2", "goal", "exit"], BRANCHING).order

    assert all(order.index(source) < order.index(target) for source, target in BRANCHING)


def test_a_long_line_bends_around_the_steps_it_passes() -> None:
    layout = lay_out(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    _, first, second, _ = layout.route["a", "d"]

    assert [layout.column[first], layout.column[second]] == [1, 2]
    assert abs(layout.row[first] - layout.row["b"]) >= LINE_GAP


def test_no_steps_have_an_empty_layout() -> None:
    layout = lay_out([], [])

    assert (layout.columns, layout.rows) == (0, 0)


@given(journeys())
def test_steps_never_lie_on_one_another(journey: tuple[list[str], list[tuple[str, str]]]) -> None:
    steps, lines = journey
    layout = lay_out(steps, lines)

    assert sorted(layout.order) == sorted(steps)
    for one, other in combinations(steps, 2):
        if layout.column[one] == layout.column[other]:
            assert abs(layout.row[one] - layout.row[other]) >= 0.999


@given(journeys())
def test_every_line_has_a_route_from_column_to_column(journey: tuple[list[str], list[tuple[str, str]]]) -> None:
    steps, lines = journey
    layout = lay_out(steps, lines)

    for source, target in lines:
        if source != target and layout.column[source] < layout.column[target]:
            route = layout.route[source, target]
            assert all(layout.column[right] - layout.column[left] == 1 for left, right in pairwise(route))
