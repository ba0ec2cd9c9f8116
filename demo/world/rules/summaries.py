"""What a day brought, in numbers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class DaySummary:
    """
    How often each kind of thing happened on `day`.

    Keys are signed, renewed, expanded, contracted, upgraded, downgraded, repriced, cancelled, grown, trued_up,
    corrected, consolidated, first_value, met, onboarding_closed, readings, roles_set, admins_left, handed_over.
    `accounts` are the accounts whose contracts, stage or CSM changed.
    """

    day: dt.date
    counts: Counter[str] = field(default_factory=Counter)
    accounts: set[int] = field(default_factory=set)
