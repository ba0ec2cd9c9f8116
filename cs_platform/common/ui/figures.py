"""Numbers as people read them; the exact ones stay one hover away."""

from __future__ import annotations

from decimal import Decimal

from django.utils.safestring import SafeString

from cs_platform.common.ui.icons import icon
from cs_platform.common.ui.markup import element

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
MINUS = "−"
NOTHING = "–"
UNITS = ((10**9, "B"), (10**6, "M"), (10**3, "k"))
Number = int | float | Decimal


def count(value: Number | None) -> str:
    """Return 1284 as 1,284, and a dash for what is not known."""
    return NOTHING if value is None else f"{value:,.0f}".replace("-", MINUS)


def compact(value: Number) -> str:
    """Return a number in three digits: 9850 stays 9,850; 420000 is 420k, 1240000 is 1.24M."""
    size = abs(Decimal(str(value)))
    if size < 10_000:
        return f"{size:,.0f}"
    # Rounded before the unit is chosen: 999,950 is 1M, not 1000k.
    rounded = Decimal(f"{size:.3g}")
    limit, unit = next((limit, unit) for limit, unit in UNITS if rounded >= limit)
    return f"{(rounded / limit).normalize():f}{unit}"


def money_text(value: Number, currency: str = "USD", *, exact: bool = False) -> str:
    sign = MINUS if value < 0 else ""
    size = abs(Decimal(str(value)))
    symbol = SYMBOLS.get(currency, f"{currency} ")
    if not exact:
        return f"{sign}{symbol}{compact(size)}"
    whole = size == size.to_integral_value()
    return f"{sign}{symbol}{size:,.0f}" if whole else f"{sign}{symbol}{size:,.2f}"


def money(value: Number | None, currency: str = "USD", exact: bool = False) -> SafeString:
    """Return an amount as $1.24M with the exact amount in its title; rounding happens here and nowhere before."""
    if value is None:
        return element("span", NOTHING, class_="text-muted")
    shown, full = money_text(value, currency, exact=exact), money_text(value, currency, exact=True)
    return element("span", shown, class_="num", title=None if shown == full else full)


def pct_text(numerator: Number, denominator: Number, digits: int = 1) -> str:
    if not denominator:
        return NOTHING
    return f"{100 * float(numerator) / float(denominator):.{digits}f}%".replace("-", MINUS)


def pct(numerator: Number, denominator: Number, digits: int = 1, of: str = "") -> SafeString:
    """
    Return a share with both its numbers in the title: "1,571 of 4,764 delivered" for `of="delivered"`.

    Without a denominator there is no share, and a dash says so.
    """
    title = f"{count(numerator)} of {count(denominator)} {of}".rstrip()
    return element("span", pct_text(numerator, denominator, digits), class_="num", title=title)


def delta(value: Number | None, unit: str = "%", good: str = "up") -> SafeString:
    """
    Return a change with an arrow, in the colour of its meaning.

    `good` says which way is welcome: up, down, or none where a change is neither.
    """
    if value is None:
        return SafeString()
    if not value:
        return element("span", f"0{unit}", class_="delta text-muted")
    rising = value > 0
    tone = "text-muted" if good == "none" else "text-good-ink" if rising == (good == "up") else "text-bad-ink"
    arrow = icon("arrow-up-right" if rising else "arrow-down-right", 13, "", "2.25")
    size = f"{abs(value):,.2f}".rstrip("0").rstrip(".")
    return element("span", arrow, f"{'+' if rising else MINUS}{size}{unit}", class_=f"delta {tone}")
