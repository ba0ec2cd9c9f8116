from __future__ import annotations

from accounts.contracts.operations.copies import refresh_copies
from accounts.contracts.operations.deciding import Term
from accounts.contracts.operations.lines import (
    BadTerm,
    NothingInForce,
    amend_line,
    cancel_lines,
    continue_lanes,
    correct_line,
    record_lines,
)
from accounts.contracts.operations.losses import LossRow, upsert_losses
from accounts.contracts.operations.opportunities import (
    Deal,
    SharesAreNotWhole,
    add_subscription,
    record_deals,
    set_rate,
    supersede,
)
from accounts.contracts.operations.subscriptions import SubscriptionRow, upsert_subscriptions

__all__ = [
    "BadTerm",
    "Deal",
    "LossRow",
    "NothingInForce",
    "SharesAreNotWhole",
    "SubscriptionRow",
    "Term",
    "add_subscription",
    "amend_line",
    "cancel_lines",
    "continue_lanes",
    "correct_line",
    "record_deals",
    "record_lines",
    "refresh_copies",
    "set_rate",
    "supersede",
    "upsert_losses",
    "upsert_subscriptions",
]
