from __future__ import annotations

from django.utils.safestring import SafeString

from cs_platform.common.ui.markup import element

COLOURS = 6
SIZES = {"xs": " avatar-xs", "sm": " avatar-sm", "md": "", "lg": " avatar-lg", "square": " avatar-square"}


def initials(name: object) -> str:
    """Return one or two capital letters for a name; a question mark where there is none."""
    words = str(name).split()
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


def avatar(name: object, size: str = "md") -> SafeString:
    """Return the round (or, for accounts, `square`) sign of a name; its colour is always the same for one name."""
    colour = "" if size == "square" else f" avatar-{sum(map(ord, str(name))) % COLOURS}"
    return element("span", initials(name), class_=f"avatar{SIZES[size]}{colour}", aria_hidden="true")
