"""
What was kept of the money, what was lost, and why.

Source: GitLab handbook, Customer Success vision (gross and net dollar retention, reasons for churn and expansion,
dollar weighted). Amounts are ARR or MRR in one currency; a ratio is the same for both.
"""

from __future__ import annotations

from metrics.retention.rules.bridge import NOTHING, ArrChange, Bridge, arr_change, bridge, change_of_amount, total
from metrics.retention.rules.changes import (
    ChangeType,
    LineState,
    PlanChange,
    ReasonOfChange,
    SeatChange,
    change_reason,
    change_type,
    plan_change,
    product_rank,
    seat_change,
)
from metrics.retention.rules.cohorts import Holding, Retention, Sums, ratios, retention, retention_by, roll_up
from metrics.retention.rules.periods import (
    Quarter,
    closed_month_ends,
    fiscal_quarter,
    last_closed_month_end,
    month_end,
    month_ends,
    months_back,
    months_before,
)
from metrics.retention.rules.shares import (
    UNKNOWN,
    BadSplit,
    Change,
    Loss,
    ReasonShares,
    Share,
    check_split,
    display_name,
    loss_shares,
    lost_amount,
    reason_shares,
    shown_percentages,
)

__all__ = [
    "NOTHING",
    "UNKNOWN",
    "ArrChange",
    "BadSplit",
    "Bridge",
    "Change",
    "ChangeType",
    "Holding",
    "LineState",
    "Loss",
    "PlanChange",
    "Quarter",
    "ReasonOfChange",
    "ReasonShares",
    "Retention",
    "SeatChange",
    "Share",
    "Sums",
    "arr_change",
    "bridge",
    "change_of_amount",
    "change_reason",
    "change_type",
    "check_split",
    "closed_month_ends",
    "display_name",
    "fiscal_quarter",
    "last_closed_month_end",
    "loss_shares",
    "lost_amount",
    "month_end",
    "month_ends",
    "months_back",
    "months_before",
    "plan_change",
    "product_rank",
    "ratios",
    "reason_shares",
    "retention",
    "retention_by",
    "roll_up",
    "seat_change",
    "shown_percentages",
    "total",
]
