"""What servers' answers mean for a delivery, why it is where it is, and the tokens that lead back to it."""

from __future__ import annotations

from contacts.delivery.rules.reasons import reason_in_words
from contacts.delivery.rules.replies import (
    Phase,
    ReplyMeaning,
    breaker_of,
    classify_reply,
    fault_in,
    retry_after,
)
from contacts.delivery.rules.tokens import (
    PIXEL,
    derived_key,
    message_id,
    seal,
    seal_unsubscribe,
    unseal,
    unseal_unsubscribe,
)

__all__ = [
    "PIXEL",
    "Phase",
    "ReplyMeaning",
    "breaker_of",
    "classify_reply",
    "derived_key",
    "fault_in",
    "message_id",
    "reason_in_words",
    "retry_after",
    "seal",
    "seal_unsubscribe",
    "unseal",
    "unseal_unsubscribe",
]
