from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.segments.models import Segment
from accounts.segments.selectors import check_condition
from accounts.team.models import User


class NameTaken(ValueError):
    """Another segment has this name."""


def save_segment(
    *, name: str, condition: Mapping[str, Any], owner: User | None, segment: Segment | None = None
) -> Segment:
    """
    Keep a condition under a name, in its canonical form; with `segment` change that one.

    :raises BadCondition: naming the place and what is wrong there.
    :raises NameTaken: when another segment has the name.
    """
    checked = check_condition(condition)
    kept = segment or Segment(owner=owner)
    if Segment.objects.filter(name=name).exclude(pk=kept.pk).exists():
        raise NameTaken(f"A segment named {name} already exists.")
    kept.name, kept.condition = name, checked
    kept.save()
    return kept


def remove_segment(*, segment: Segment) -> None:
    """Forget a segment; programs keep the condition they were published with."""
    segment.delete()
