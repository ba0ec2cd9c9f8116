"""The life of a delivery, what servers' answers mean for it, and the tokens that lead back to it."""

from __future__ import annotations

from contacts.delivery.rules.headers import message_id
from contacts.delivery.rules.replies import (
    Outcome,
    Phase,
    blames_sender,
    classify_reply,
    retry_after,
)
from contacts.delivery.rules.states import (
    FINAL,
    PERSON_SHARDS,
    DeliveryState,
    allowed_from,
    may_move,
    shard_of,
)
from contacts.delivery.rules.tokens import PIXEL, derived_key, seal, seal_unsubscribe, unseal, unseal_unsubscribe
from contacts.delivery.rules.wording import reason_in_words

__all__ = [
    "FINAL",
    "PERSON_SHARDS",
    "PIXEL",
    "DeliveryState",
    "Outcome",
    "Phase",
    "allowed_from",
    "blames_sender",
    "classify_reply",
    "derived_key",
    "may_move",
    "message_id",
    "reason_in_words",
    "retry_after",
    "seal",
    "seal_unsubscribe",
    "shard_of",
    "unseal",
    "unseal_unsubscribe",
]
