"""Small blocks with words in them: a key figure, a definition, an empty list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any


def figure(
    title: str,
    value: object,
    note: object = "",
    icon: str = "",
    href: str = "",
    change: object = "",
    trend: Sequence[float] = (),
    tone: str = "brand",
    definition: str = "",
    source: str = "",
    as_of: dt.date | dt.datetime | None = None,
) -> dict[str, Any]:
    """
    Return one cell of a `.figures` strip.

    `value`, `note` and `change` may come from other tags (`{% pct … as rate %}`); `href` opens the rows behind it;
    `source` and `as_of` stand below the definition.
    """
    return {
        "title": title,
        "value": value,
        "note": note,
        "icon": icon,
        "href": href,
        "change": change,
        "trend": list(trend),
        "tone": tone,
        "definition": definition,
        "source": source,
        "as_of": as_of,
    }


def define(name: str, text: str, as_of: dt.date | dt.datetime | None = None, source: str = "") -> dict[str, Any]:
    """Return the definition of a figure, one click away from it, with the day its data ends."""
    return {"name": name, "text": text, "as_of": as_of, "source": source}


def empty_state(title: str, text: str = "", href: str = "", action: str = "") -> dict[str, Any]:
    """Return what stands in place of a list without rows: what will be here, and the one thing to do."""
    return {"title": title, "text": text, "href": href, "action": action}
