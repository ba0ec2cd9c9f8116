from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def element(name: str, /, *children: object, **attributes: object) -> SafeString:
    """
    Return one HTML or SVG element, with everything in it escaped that is not markup already.

    `class_` becomes class and `stroke_width` stroke-width; None leaves an attribute out.
    """
    listed = format_html_join(
        "",
        ' {}="{}"',
        ((key.rstrip("_").replace("_", "-"), number(value)) for key, value in attributes.items() if value is not None),
    )
    return format_html("<{0}{1}>{2}</{0}>", name, listed, joined(children))


def joined(parts: object) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))  # type: ignore[attr-defined]


def number(value: object) -> object:
    """Return a float with at most two decimals, as SVG needs it; anything else as it is."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return value
