from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe


def element(name: str, /, *children: object, **attributes: object) -> SafeString:
    """
    Return one HTML or SVG element, with everything in it escaped that is not markup already.

    `class_` becomes class and `stroke_width` stroke-width; None leaves an attribute out.
    """
    listed = "".join([f' {_written(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None])
    # Pages have hundreds of these, and format_html is several times as slow.
    return mark_safe(f"<{name}{listed}>{joined(children)}</{name}>")  # noqa: S308 (every part was escaped above)


def joined(parts: Iterable[object]) -> SafeString:
    return mark_safe("".join([_escaped(part) for part in parts]))  # noqa: S308 (escaped one by one)


def number(value: float) -> str:
    """Return a number with at most two decimals, as SVG needs it."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@lru_cache(maxsize=256)
def _written(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    return number(value) if isinstance(value, (int, float)) else _escaped(value)


def _escaped(value: object) -> str:
    # Text still to be translated and markup by another name are known to Django's own function.
    return conditional_escape(value)  # type: ignore[arg-type]
