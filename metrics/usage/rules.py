"""What a measurement is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

ReadingKey: TypeAlias = tuple[int, str, dt.date]


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one subscription on one day, in the measure's own unit."""

    subscription_id: int
    measure: str
    date: dt.date
    value: Decimal | int

    @property
    def key(self) -> ReadingKey:
        return (self.subscription_id, self.measure, self.date)
