from __future__ import annotations

from accounts.contracts.operations.denormalise import denormalise_contracts
from accounts.contracts.operations.lines import (
    BadTerm,
    NothingInForce,
    Term,
    amend_line,
    cancel_lines,
    continue_lanes,
    correct_line,
    record_lines,
)
from accounts.contracts.operations.opportunities import (
    Deal,
    LossRow,
    SharesAreNotWhole,
    record_deals,
    set_rate,
    upsert_losses,
)
from accounts.contracts.operations.subscriptions import (
    SubscriptionRow,
    add_subscription,
    supersede,
    upsert_subscriptions,
)

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
    "denormalise_contracts",
    "record_deals",
    "record_lines",
    "set_rate",
    "supersede",
    "upsert_losses",
    "upsert_subscriptions",
]
