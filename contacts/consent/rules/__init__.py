"""Who may be written to: addresses, bounces and what they lead to, categories of mail. No database, no clock."""

from __future__ import annotations

from contacts.consent.rules.addresses import BadAddress, masked, normalise_address, suppression_hash
from contacts.consent.rules.bounces import (
    BounceClass,
    Fault,
    Standing,
    SuppressionReason,
    classify_bounce,
    our_fault,
    suppression_after,
)
from contacts.consent.rules.categories import (
    CATEGORIES,
    EVERYTHING,
    Category,
    after_resubscribe,
    after_unsubscribe,
    is_unwanted,
)

__all__ = [
    "CATEGORIES",
    "EVERYTHING",
    "BadAddress",
    "BounceClass",
    "Category",
    "Fault",
    "Standing",
    "SuppressionReason",
    "after_resubscribe",
    "after_unsubscribe",
    "classify_bounce",
    "is_unwanted",
    "masked",
    "normalise_address",
    "our_fault",
    "suppression_after",
    "suppression_hash",
]
