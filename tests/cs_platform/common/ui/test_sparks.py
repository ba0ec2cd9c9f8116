from __future__ import annotations

import re

import pytest

from cs_platform.common.ui import sparks
from cs_platform.common.ui.funnels import funnel, steps

EVERY_CHART = [
    sparks.spark([1, 2, 3]),
    sparks.bar(40),
    sparks.ring(40),
    sparks.stack([(1, "good"), (2, "bad")]),
    sparks.columns([("2025", 1, "$1"), ("2026", 2, "$2")]),
    sparks.levels(3, 5),
    funnel([100, 60, 20]),
]


@pytest.mark.parametrize("drawn", EVERY_CHART)
def test_a_chart_needs_no_inline_style(drawn: str) -> None:
    assert drawn.startswith("<svg ")
    assert "style=" not in drawn


@pytest.mark.parametrize("drawn", EVERY_CHART)
def test_a_chart_is_named_or_hidden(drawn: str) -> None:
    assert 'aria-hidden="true"' in drawn or re.search(r'role="img" aria-label="[^"]+"', drawn)


def test_one_number_is_no_trend() -> None:
    assert sparks.spark([5]) == ""


def test_a_level_trend_is_drawn() -> None:
    assert "nan" not in sparks.spark([3, 3, 3])


@pytest.mark.parametrize(("percent", "width"), [(-5, "0%"), (40, "40%"), (33.333, "33.33%"), (250, "100%")])
def test_a_bar_stays_inside_its_box(percent: float, width: str) -> None:
    assert f'<rect width="{width}" height="6" rx="3" class="fill-brand">' in sparks.bar(percent)


def test_a_bar_marks_its_target() -> None:
    assert '<rect x="71%"' in sparks.bar(58, mark=71)


def test_a_bar_without_words_says_its_percentage() -> None:
    assert 'aria-label="40 percent"' in sparks.bar(40)
    assert 'aria-label="12 of 30 seats"' in sparks.bar(40, label="12 of 30 seats")


def test_parts_of_a_stack_fill_it_in_proportion() -> None:
    drawn = sparks.stack([(3, "good"), (0, "warn"), (1, "bad")])

    assert re.findall(r'x="([\d.]+)%" width="([\d.]+)%"', drawn) == [("0.00", "74.60"), ("75.00", "24.60")]


def test_a_stack_of_nothing_is_empty() -> None:
    assert "<rect" not in sparks.stack([(0, "good")])


def test_columns_are_read_out_in_order() -> None:
    drawn = sparks.columns([("2025", 1, "$1"), ("2026", 2, "$2")])

    assert 'aria-label="2025: $1; 2026: $2"' in drawn


def test_columns_of_nothing_draw_nothing() -> None:
    assert sparks.columns([]) == ""
    assert "<rect" in sparks.columns([("2026", 0, "$0")])


def test_a_funnel_is_as_high_as_each_share_of_the_first_step() -> None:
    drawn = funnel([200, 100])
    tops = [float(top) for top in re.findall(r'd="M[\d.]+ ([\d.]+)H', drawn)]

    assert tops == [4.0, 39.5]  # half of 150 less half of 142, then less half of 71


def test_a_funnel_nobody_entered_is_still_drawn() -> None:
    assert drawn_parts(funnel([0, 0])) == 2
    assert funnel([]) == ""


def test_a_step_of_the_funnel_knows_the_first_and_the_one_before() -> None:
    listed = steps([("Sent", 200), ("Delivered", 150), ("Opened", 30)])["steps"]

    assert [(step["first"], step["before"]) for step in listed] == [(200, None), (200, 200), (200, 150)]


def drawn_parts(svg: str) -> int:
    return svg.count("Z")


@pytest.mark.parametrize(
    ("value", "of", "filled", "tone"),
    [
        (5, 5, 5, "brand"),
        (3, 5, 3, "brand"),
        (2, 5, 2, "warn"),
        (1, 3, 2, "warn"),
        (0, 5, 0, "warn"),
        (0, 0, 0, "warn"),
    ],
)
def test_levels_fill_as_many_steps_as_the_share_comes_to(value: int, of: int, filled: int, tone: str) -> None:
    drawn = sparks.levels(value, of)

    assert drawn.count(f"fill-{tone}") == filled
    assert drawn.count("fill-base-300") == 5 - filled
    assert f'aria-label="{value} of {of}"' in drawn
