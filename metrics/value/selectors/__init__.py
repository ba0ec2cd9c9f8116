"""How long accounts wait for what they bought."""

from __future__ import annotations

from metrics.value.selectors.figures import GoalFigures, by_month, by_reach, figure, late, reaches_of, value_figures
from metrics.value.selectors.journeys import Range, journeys, milestones, standing_milestones

__all__ = [
    "GoalFigures",
    "Range",
    "by_month",
    "by_reach",
    "figure",
    "journeys",
    "late",
    "milestones",
    "reaches_of",
    "standing_milestones",
    "value_figures",
]
