from __future__ import annotations

from django.utils.safestring import SafeString

from cs_platform.common.ui.icons import icon as draw_icon
from cs_platform.common.ui.markup import element

TONES = ("brand", "good", "warn", "bad", "mute")


def chip(text: object, tone: str = "mute", icon: str = "", dot: bool = False) -> SafeString:
    """Return a small label; `tone` is brand, good, warn, bad, mute or empty (outlined)."""
    if tone and tone not in TONES:
        raise ValueError(f"A chip has no tone {tone!r}; there are {', '.join(TONES)}.")
    mark = element("span", class_="dot", aria_hidden="true") if dot else ""
    picture = draw_icon(icon, 12, "", "2") if icon else ""
    return element("span", mark, picture, text, class_=f"chip chip-{tone}" if tone else "chip")


# What a band of health is called, and the tone it has. Unknown is a hollow ring, never a colour.
HEALTH = {
    "green": ("Healthy", "good"),
    "yellow": ("At risk", "warn"),
    "red": ("Critical", "bad"),
    "": ("No data", "none"),
}


# Disc, triangle, diamond or ring: the shape says what the colour says.
def _shape(tone: str) -> SafeString:
    if tone == "good":
        return element("circle", cx=6, cy=6, r=4.5, class_="fill-good")
    if tone == "warn":
        outline = {"stroke_width": 0.9, "stroke_linejoin": "round"}
        return element("path", d="M6 1.2 11.3 10.6H.7Z", class_="fill-warn stroke-warn-ink", **outline)
    if tone == "bad":
        return element("path", d="M6 .6 11.4 6 6 11.4.6 6Z", class_="fill-bad")
    return element("circle", cx=6, cy=6, r=4.25, fill="none", class_="stroke-faint", stroke_width=1.5)


def health_glyph(band: str, size: int = 12) -> SafeString:
    """Return the sign of a health band (green, yellow, red or empty) with its name for screen readers."""
    label, tone = HEALTH[band]
    options = {"width": size, "height": size, "viewBox": "0 0 12 12", "class_": "shrink-0", "role": "img"}
    return element("svg", _shape(tone), aria_label=label, **options)


def health(band: str, score: object = None) -> SafeString:
    """Return the chip of a health band: sign, word and, where given, the score."""
    label, tone = HEALTH[band]
    sign = element("svg", _shape(tone), width=10, height=10, viewBox="0 0 12 12", class_="shrink-0", aria_hidden="true")
    number = "" if score is None or score == "" else element("b", score, class_="num")
    return element("span", sign, element("span", label), number, class_=f"chip chip-{tone if band else 'mute'}")
