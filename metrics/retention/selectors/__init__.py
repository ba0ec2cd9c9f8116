"""Contract lines read as retention: cohorts, bridges and reasons, each over a population and as known at an instant."""

from __future__ import annotations

from accounts.contracts.selectors import Level
from metrics.retention.selectors.amounts import numbers_of
from metrics.retention.selectors.bridges import Passage, bridge_by_month, bridges_by_account, over_all_months
from metrics.retention.selectors.cohorts import Cohort, cohort_on, reaches_of, retention_by_reach
from metrics.retention.selectors.families import belonging_on
from metrics.retention.selectors.figures import (
    ReasonFigures,
    RetentionFigures,
    RetentionReport,
    Summary,
    reaches_in_year_to,
    reason_figures,
    retention_figures,
    retention_report,
    summary,
)
from metrics.retention.selectors.reasons import ChangeRow, Losses, LossRow, Reasons, losses_in_year_to, reasons_on
from metrics.retention.selectors.series import retention_series

__all__ = [
    "ChangeRow",
    "Cohort",
    "Level",
    "LossRow",
    "Losses",
    "Passage",
    "ReasonFigures",
    "Reasons",
    "RetentionFigures",
    "RetentionReport",
    "Summary",
    "belonging_on",
    "bridge_by_month",
    "bridges_by_account",
    "cohort_on",
    "losses_in_year_to",
    "numbers_of",
    "over_all_months",
    "reaches_in_year_to",
    "reaches_of",
    "reason_figures",
    "reasons_on",
    "retention_by_reach",
    "retention_figures",
    "retention_report",
    "retention_series",
    "summary",
]
