"""
The send ledger: planned -> claimed -> handed_over -> sent | refused | uncertain.

Nothing leaves before its row says so and is committed; a row that says so is never sent again by a machine.
"""

from contacts.delivery.operations.claiming import LEASE, Claimed, claim, release_expired
from contacts.delivery.operations.planning import Planned, ensure_mailing, plan
from contacts.delivery.operations.resolving import NotUncertain, resolve_uncertain, settle_heard_of
from contacts.delivery.operations.senders import SenderTaken, add_sender, save_sender
from contacts.delivery.operations.sending import SendReport, may_leave, send_all_due, send_due
from contacts.delivery.operations.staleness import cancel_stale

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
