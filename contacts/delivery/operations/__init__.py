"""
The send ledger: planned -> claimed -> handed_over -> sent | refused | uncertain; held or cancelled by the gate.

Nothing leaves before its row says so and is committed; a row that says so is never sent again by a machine.
"""

from contacts.delivery.operations.breakers import retry_now
from contacts.delivery.operations.holds import (
    NO_PROGRAM,
    UndecidedMail,
    decide_held_mail,
    hold_mailing,
    pause_mailings,
    release_held,
    resume_mailings,
    run_mailings,
    stop_mailings,
    switch_safe_mode,
)
from contacts.delivery.operations.ledger import (
    LEASE,
    STEPS,
    Claim,
    Claimed,
    Planned,
    claim,
    ensure_mailing,
    plan,
    release_expired,
    renew_leases,
    reschedule,
)
from contacts.delivery.operations.results import (
    NotUncertain,
    discard_set_aside,
    resolve_uncertain,
    retry_set_aside,
    settle_heard_of,
)
from contacts.delivery.operations.senders import SenderTaken, add_sender, save_sender
from contacts.delivery.operations.sending import SendReport, may_leave, send_all_due, send_due

__all__ = [
    "LEASE",
    "NO_PROGRAM",
    "STEPS",
    "Claim",
    "Claimed",
    "NotUncertain",
    "Planned",
    "SendReport",
    "SenderTaken",
    "UndecidedMail",
    "add_sender",
    "claim",
    "decide_held_mail",
    "discard_set_aside",
    "ensure_mailing",
    "hold_mailing",
    "may_leave",
    "pause_mailings",
    "plan",
    "release_expired",
    "release_held",
    "renew_leases",
    "reschedule",
    "resolve_uncertain",
    "resume_mailings",
    "retry_now",
    "retry_set_aside",
    "run_mailings",
    "save_sender",
    "send_all_due",
    "send_due",
    "settle_heard_of",
    "stop_mailings",
    "switch_safe_mode",
]
