from __future__ import annotations

import re

from cs_platform.common.ui.journey import Line, Step, journey

STEPS: list[Step] = [
    {"key": "in", "kind": "entry", "title": "Entry", "count": 200},
    {
        "key": "mail",
        "kind": "email",
        "title": "Welcome <b>",
        "note": "Day 0",
        "count": 100,
        "left": 1234,
        "url": "#mail",
    },
    {"key": "wait", "kind": "wait", "title": "Wait", "count": 50, "waiting": 12, "url": "#wait"},
]
LINES: list[Line] = [
    {"source": "in", "target": "mail", "count": 100},
    {"source": "mail", "target": "wait", "count": 50, "label": "3 d"},
]


def drawn() -> str:
    return str(journey(STEPS, LINES, title="Onboarding")["map"])


def test_the_map_has_a_name_and_no_inline_style() -> None:
    assert 'aria-label="Map: Onboarding"' in drawn()
    assert "style=" not in drawn()


def test_a_line_is_as_wide_as_its_share_of_the_people() -> None:
    assert re.findall(r'fill="none" class="stroke-s1" stroke-width="([\d.]+)"', drawn()) == ["13", "6.5"]


def test_the_thinnest_line_can_still_be_seen() -> None:
    lines: list[Line] = [{"source": "in", "target": "mail", "count": 0}]

    assert 'stroke-width="2"' in journey(STEPS, lines)["map"]


def test_titles_are_escaped() -> None:
    assert "Welcome &lt;b&gt;" in drawn()
    assert "<b>" not in drawn()


def test_a_long_title_is_cut_and_kept_whole_on_hover() -> None:
    title = "A welcome to everybody who bought a license this quarter"
    long: list[Step] = [{"key": "a", "kind": "email", "title": title, "count": 1}]
    svg = str(journey(long, [])["map"])

    assert f"<title>{title}</title>" in svg
    assert ">A welcome to everybody w…</text>" in svg


def test_people_who_wait_and_leave_are_counted_below_the_step() -> None:
    assert ">12 waiting<" in drawn()
    assert ">1,234 left<" in drawn()


def test_only_a_step_with_an_address_is_a_link() -> None:
    assert re.findall(r'<a href="(#\w+)" data-column="(\d)"', drawn()) == [("#mail", "1"), ("#wait", "2")]


def test_a_label_stands_on_its_line() -> None:
    assert ">3 d</text>" in drawn()


def test_the_list_for_phones_has_every_step_in_order() -> None:
    listed = journey(STEPS, LINES)["steps"]

    assert [(step["key"], step["icon"], step["is_branch"]) for step in listed] == [
        ("in", "log-in", False),
        ("mail", "mail", False),
        ("wait", "hourglass", False),
    ]


def test_a_journey_without_steps_is_drawn_empty() -> None:
    assert "<svg" in journey([], [])["map"]
