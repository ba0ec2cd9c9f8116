"""
The send ledger: planned -> claimed -> handed_over -> sent | refused | uncertain.

Nothing leaves before its row says so and is committed; a row that says so is never sent again by a machine.
"""

from contacts.delivery.operations.ledger import (
    LEASE,
    Claimed,
    NotUncertain,
    Planned,
    cancel_stale,
    claim,
    ensure_mailing,
    plan,
    release_expired,
    resolve_uncertain,
    settle_heard_of,
)
from contacts.delivery.operations.senders import SenderTaken, add_sender, save_sender
from contacts.delivery.operations.sending import SendReport, may_leave, send_all_due, send_due

__all__ = [
    "LEASE",
    "Claimed",
    "NotUncertain",
    "Planned",
    "SendReport",
    "SenderTaken",
    "add_sender",
    "cancel_stale",
    "claim",
    "ensure_mailing",
    "may_leave",
    "plan",
    "release_expired",
    "resolve_uncertain",
    "save_sender",
    "send_all_due",
    "send_due",
    "settle_heard_of",
]
