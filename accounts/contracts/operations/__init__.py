from __future__ import annotations

from accounts.contracts.operations.copies import refresh_copies
from accounts.contracts.operations.lines import (
    BadTerm,
    NothingInForce,
    Term,
    amend_line,
    cancel_lines,
    correct_line,
    record_lines,
    replace_lanes,
)
from accounts.contracts.operations.opportunities import (
    Deal,
    SharesAreNotWhole,
    add_subscription,
    record_deals,
    set_rate,
    supersede,
)

__all__ = [
    "BadTerm",
    "Deal",
    "NothingInForce",
    "SharesAreNotWhole",
    "Term",
    "add_subscription",
    "amend_line",
    "cancel_lines",
    "correct_line",
    "record_deals",
    "record_lines",
    "refresh_copies",
    "replace_lanes",
    "set_rate",
    "supersede",
]
