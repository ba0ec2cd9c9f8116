"""Why a delivery is where it is, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contacts.recipients.rules import SENTENCES, Reason

OURS: Mapping[str, str] = MappingProxyType(
    {
        "program_paused": "The program is paused.",
        "program_stopped": "The program was stopped.",
        "skipped_on_resume": "Skipped when the program was resumed.",
        "mailing_on_hold": "This email is on hold.",
        "safe_mode": "Safe mode is on and the address isn't on the allowed list.",
        "breaker_open": "Sending is paused: the mail server is refusing our mail.",
        "held_by_hand": "Waiting while a manual change can still be undone.",
        "discarded": "Discarded by an administrator.",
        "contact_gone": "The contact was removed from the account.",
        "cannot_be_written": "The email couldn't be created: a required value is missing or invalid.",
        "too_late": "Overdue for longer than the program allows.",
        "failed": "Sending failed. After three tries it moves to Attention.",
        "server_said_later": "The mail server asked us to try again later.",
        "not_tried": "The mail server didn't respond in time. It will be tried again.",
        "server_refused": "The mail server rejected the message.",
        "gave_up": "The mail server deferred it for three days.",
        "answer_lost": "The connection was lost after the message was transmitted. It may have been delivered.",
        "worker_died": "The worker stopped during transmission. It may have been delivered.",
        "settled_by_person": "Resolved manually.",
        "heard_of": "The worker stopped during transmission; later activity shows that the message was delivered.",
    }
)


def reason_in_words(code: str) -> str:
    """Return what a stored reason means; a code nobody has put into words comes back readable, "" stays ""."""
    if code in OURS:
        return OURS[code]
    if code in set(Reason):
        return SENTENCES[Reason(code)]
    return f"{code.replace('_', ' ').capitalize()}." if code else ""
