"""What one measurement says."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """
    A value beside the value of its reference, both in `unit`, more being better.

    `bar` is the least ratio that we want to keep.
    """

    name: str
    value: float
    unit: str
    reference: float
    bar: float

    @property
    def ratio(self) -> float:
        return self.value / self.reference

    @property
    def holds(self) -> bool:
        return self.ratio >= self.bar

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "ratio": round(self.ratio, 4), "holds": self.holds}
