"""What two people meant who edited the same contact at the same time."""

from __future__ import annotations

from collections.abc import Collection


def with_edits(held: Collection[str], *, shown: Collection[str], wanted: Collection[str]) -> frozenset[str]:
    """
    Return the roles after an edit: what the editor ticked and unticked, applied to what is held by now.

    `shown` is what the form showed, `wanted` what it came back with; a role that somebody else gave meanwhile stays.
    """
    ticked, unticked = set(wanted) - set(shown), set(shown) - set(wanted)
    return frozenset((set(held) | ticked) - unticked)
