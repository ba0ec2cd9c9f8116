"""How long accounts wait for what they bought."""

from __future__ import annotations

from metrics.value.selectors.figures import by_month, by_reach, figure, late, reaches_of
from metrics.value.selectors.journeys import Range, journeys, milestones

__all__ = ["Range", "by_month", "by_reach", "figure", "journeys", "late", "milestones", "reaches_of"]
