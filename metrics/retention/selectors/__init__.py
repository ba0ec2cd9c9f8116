"""Contract lines read as retention: cohorts, bridges and reasons, each over a population and as known at an instant."""

from __future__ import annotations

from accounts.contracts.selectors import Level
from metrics.retention.selectors.bridges import Passage, bridge_by_month, bridges_by_account
from metrics.retention.selectors.cohorts import Cohort, cohort_on, cohorts, reaches_of, retention_by_reach
from metrics.retention.selectors.reasons import ChangeRow, Losses, LossRow, Reasons, losses_in_year_to, reasons_on

__all__ = [
    "ChangeRow",
    "Cohort",
    "Level",
    "LossRow",
    "Losses",
    "Passage",
    "Reasons",
    "bridge_by_month",
    "bridges_by_account",
    "cohort_on",
    "cohorts",
    "losses_in_year_to",
    "reaches_of",
    "reasons_on",
    "retention_by_reach",
]
