from __future__ import annotations

from django.utils.safestring import mark_safe

from cs_platform.common.ui.markup import element, joined, number


def test_everything_in_an_element_is_escaped() -> None:
    assert element("b", "<i>", title='"&') == '<b title="&quot;&amp;">&lt;i&gt;</b>'


def test_markup_inside_an_element_stays_markup() -> None:
    assert element("p", element("b", "x"), mark_safe("<br>")) == "<p><b>x</b><br></p>"


def test_underscores_in_attribute_names_become_hyphens() -> None:
    assert element("a", class_="c", aria_label="l", viewBox="0") == '<a class="c" aria-label="l" viewBox="0"></a>'


def test_an_attribute_of_none_is_left_out() -> None:
    assert element("a", href=None) == "<a></a>"


def test_parts_are_joined_and_escaped() -> None:
    assert joined(["<", element("b")]) == "&lt;<b></b>"


def test_floats_are_written_short() -> None:
    assert [number(value) for value in (1.0, 1.25, 1.005, -0.5, 3)] == ["1", "1.25", "1", "-0.5", "3"]
