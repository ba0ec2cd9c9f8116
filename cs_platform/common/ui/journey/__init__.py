"""A journey as a map: computed layout, drawn as SVG whose line width is the number of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cs_platform.common.ui.journey.drawing import KINDS, Line, Map, Step

__all__ = ["Line", "Step", "journey"]


def journey(steps: Sequence[Step], lines: Sequence[Line], title: str = "Journey", note: str = "") -> dict[str, Any]:
    """
    Return what ui/_journey.html needs: the map, and the same steps as a list for phones.

    `note` says beside the title what the width of a line means.
    """
    drawn = Map(steps, lines)
    by_key = {step["key"]: step for step in steps}
    start = drawn.layout.row[steps[0]["key"]] if steps else 0
    listed = [
        {
            **by_key[key],
            "icon": KINDS[by_key[key]["kind"]][0],
            "tone": KINDS[by_key[key]["kind"]][1],
            "is_branch": drawn.layout.row[key] > start,
        }
        for key in drawn.layout.order
    ]
    return {"title": title, "note": note, "map": drawn.svg(f"Map: {title}"), "steps": listed}
