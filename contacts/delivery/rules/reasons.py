"""Why a delivery is where it is, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contacts.recipients.rules import SENTENCES, Reason

OURS: Mapping[str, str] = MappingProxyType(
    {
        "program_paused": "The program is paused.",
        "program_stopped": "The program was stopped.",
        "skipped_on_resume": "It was overdue when the program was resumed, and was skipped.",
        "mailing_on_hold": "This email is on hold.",
        "safe_mode": "Safe mode is on and the address isn't on the allowed list.",
        "breaker_open": "The mail server is refusing our mail. It is sent once the server accepts mail again.",
        "held_by_hand": "A change made by hand can still be undone.",
        "discarded": "It was discarded by an administrator.",
        "contact_gone": "The contact was removed from the account.",
        "cannot_be_written": "A value that the text needs is missing.",
        "too_late": "It was overdue for longer than the program allows.",
        "failed": "It could not be prepared or sent; it is tried again, then set aside under Attention.",
        "server_said_later": "The mail server asked us to come back later.",
        "not_tried": "The mail server did not answer, or was slow; the message waits for its turn.",
        "server_refused": "The mail server refused it.",
        "gave_up": "The mail server could not take it for three days.",
        "answer_lost": "The connection broke after the message was handed over; it may or may not have arrived.",
        "worker_died": "The worker stopped while handing it over; it may or may not have arrived.",
        "settled_by_person": "Settled by hand.",
        "heard_of": "The worker stopped while handing it over; what came back since proves that it left.",
    }
)


def reason_in_words(code: str) -> str:
    """Return what a stored reason means; a code nobody has put into words comes back readable, "" stays ""."""
    if code in OURS:
        return OURS[code]
    if code in set(Reason):
        return SENTENCES[Reason(code)]
    return f"{code.replace('_', ' ').capitalize()}." if code else ""
