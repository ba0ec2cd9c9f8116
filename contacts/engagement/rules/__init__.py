"""What a hit means, and what it counts for. No database, no clock."""

from contacts.engagement.rules.counting import STREAM, CountedHit, Key, Tally, contributions
from contacts.engagement.rules.verdicts import (
    RULE_VERSION,
    SETTLES_AFTER,
    Hit,
    HitKind,
    Judged,
    VerdictKind,
    judge,
    settles_at,
)
from contacts.engagement.rules.wording import rule_in_words

__all__ = [
    "RULE_VERSION",
    "SETTLES_AFTER",
    "STREAM",
    "CountedHit",
    "Hit",
    "HitKind",
    "Judged",
    "Key",
    "Tally",
    "VerdictKind",
    "contributions",
    "judge",
    "rule_in_words",
    "settles_at",
]
