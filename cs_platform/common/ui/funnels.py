from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString

from cs_platform.common.ui.markup import element

WIDTH, HEIGHT = 1000, 150


def funnel(counts: Sequence[float], tones: Sequence[str] = ()) -> SafeString:
    """
    Return the silhouette of a funnel: one part per count, each as high as its share of the first.

    Only steps that are subsets of the step before belong here; a goal is none and stands beside the funnel.
    The names and numbers are HTML around it (ui/_funnel.html), so the drawing is hidden from screen readers.
    """
    if not counts:
        return SafeString()
    most = max(counts) or 1
    heights = [max(count / most * (HEIGHT - 8), 1) for count in counts]
    width = WIDTH / len(counts)
    drawn: list[SafeString] = []
    for at, height in enumerate(heights):
        following = heights[at + 1] if at + 1 < len(heights) else height
        tone = tones[at] if at < len(tones) else "s1"
        shade = 1 - 0.6 * at / max(len(counts) - 1, 1) if not tones else 1
        drawn.append(
            element("path", d=_part(at * width, width, height, following), class_=f"fill-{tone}", opacity=shade)
        )
    drawn += [_gap(at * width) for at in range(1, len(counts))]
    return element(
        "svg",
        *drawn,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        class_="funnel-shape",
        aria_hidden="true",
    )


# Return one step: level for a third of its width, then falling to the height of the next.
def _part(x0: float, width: float, height: float, following: float) -> str:
    middle = HEIGHT / 2
    x1, flat = x0 + width, x0 + width * 0.34
    bend, land = x0 + width * 0.72, x1 - width * 0.3
    half, next_half = height / 2, following / 2
    above, below = middle - half, middle + half
    next_above, next_below = middle - next_half, middle + next_half
    return (
        f"M{x0:.1f} {above:.1f}H{flat:.1f}C{bend:.1f} {above:.1f} {land:.1f} {next_above:.1f} {x1:.1f} {next_above:.1f}"
        f"V{next_below:.1f}C{land:.1f} {next_below:.1f} {bend:.1f} {below:.1f} {flat:.1f} {below:.1f}H{x0:.1f}Z"
    )


def _gap(x: float) -> SafeString:
    line = {"stroke_width": 2, "vector_effect": "non-scaling-stroke"}
    return element("path", d=f"M{x:.1f} 0V{HEIGHT}", class_="stroke-surface", **line)


def steps(rows: Sequence[tuple[str, int]], unit: str = "", rates: bool = True) -> dict[str, Any]:
    """
    Return what ui/_funnel.html needs for (name, count) rows, the first being everybody.

    Each step shows its share of the first; the line below, its share of the step before.
    """
    first = rows[0][1] if rows else 0
    before = [count for _, count in rows]
    listed = [
        {"name": name, "count": count, "first": first, "before": before[at - 1] if at else None}
        for at, (name, count) in enumerate(rows)
    ]
    return {
        "steps": listed,
        "counts": before,
        "unit": unit,
        "rates": rates,
        "first_name": rows[0][0].lower() if rows else "",
    }
