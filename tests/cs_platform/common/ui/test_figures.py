from __future__ import annotations

from decimal import Decimal

import pytest

from cs_platform.common.ui import figures


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "$0"),
        (980, "$980"),
        (9_850, "$9,850"),
        (12_400, "$12.4k"),
        (420_000, "$420k"),
        (999_400, "$999k"),
        (999_950, "$1M"),
        (1_100_000, "$1.1M"),
        (1_240_000, "$1.24M"),
        (12_400_000, "$12.4M"),
        (3_000_000_000, "$3B"),
        (-420_000, "−$420k"),
        (Decimal("1240000.4999"), "$1.24M"),
    ],
)
def test_an_amount_is_shown_in_three_digits(value: float | Decimal, shown: str) -> None:
    assert figures.money_text(value) == shown


def test_an_exact_amount_has_cents_only_where_it_has_them() -> None:
    assert figures.money_text(1_240_000, exact=True) == "$1,240,000"
    assert figures.money_text(Decimal("99.5"), "EUR", exact=True) == "€99.50"


def test_a_currency_without_a_sign_of_its_own_is_named() -> None:
    assert figures.money_text(420_000, "CHF") == "CHF 420k"


def test_a_short_amount_keeps_the_exact_one_in_its_title() -> None:
    assert figures.money(1_240_000) == '<span class="num" title="$1,240,000">$1.24M</span>'
    assert "title" not in figures.money(980)


def test_an_amount_that_is_not_known_is_a_dash() -> None:
    assert ">–<" in figures.money(None)


def test_a_share_shows_both_its_numbers_on_hover() -> None:
    assert figures.pct(1571, 4702, of="delivered") == (
        '<span class="num" title="1,571 of 4,702 delivered">33.4%</span>'
    )


def test_a_share_of_nothing_is_a_dash_and_not_zero() -> None:
    assert figures.pct(0, 0) == '<span class="num" title="0 of 0">–</span>'


def test_nobody_of_some_is_zero() -> None:
    assert ">0.0%<" in figures.pct(0, 12)


def test_counts_have_commas_and_a_true_minus() -> None:
    assert [figures.count(value) for value in (1284, -3, None)] == ["1,284", "−3", "–"]


@pytest.mark.parametrize(
    ("value", "good", "colour", "words"),
    [
        (4.6, "up", "text-good-ink", "+4.6 pt"),
        (-1.4, "up", "text-bad-ink", "−1.4 pt"),
        (-6, "down", "text-good-ink", "−6 pt"),
        (6, "down", "text-bad-ink", "+6 pt"),
        (6, "none", "text-muted", "+6 pt"),
        (0, "up", "text-muted", "0 pt"),
    ],
)
def test_a_change_has_the_colour_of_its_meaning(value: float, good: str, colour: str, words: str) -> None:
    drawn = figures.delta(value, " pt", good)

    assert colour in drawn
    assert drawn.removesuffix("</span>").endswith(words)


def test_a_change_that_is_not_known_is_left_out() -> None:
    assert figures.delta(None) == ""
