from __future__ import annotations

from functools import lru_cache

import lucide
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=2048)
def icon(name: str, size: int = 16, css: str = "", width: str = "1.75") -> SafeString:
    """
    Return a Lucide icon as inline SVG, hidden from screen readers: the words beside it speak.

    `css` are classes, `width` is the width of its lines. All of it comes from templates and code, never from users.
    """
    drawn = lucide._render_icon(
        str(name),
        size,
        **{"class": f"shrink-0 {css}".strip(), "stroke-width": width, "aria-hidden": "true", "focusable": "false"},
    )
    return mark_safe(drawn)  # noqa: S308 (drawn from the package's own files; attributes are escaped by ElementTree)


def icon_at(name: str, *, x: float, y: float, size: int, css: str) -> SafeString:
    drawn = icon(name, size, css, "2")
    return mark_safe(drawn.replace("<svg ", f'<svg x="{x:g}" y="{y:g}" ', 1))  # noqa: S308 (numbers only)
