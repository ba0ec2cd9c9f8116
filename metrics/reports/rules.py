"""What a CSM has to work off: the counters of the handbook's burn-down dashboard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from metrics.value.rules import GOALS, Goal


class Counter(StrEnum):
    FIRST_ENGAGE = "engage"
    FIRST_VALUE = "first_value"
    ONBOARD = "onboard"
    NO_ADMIN = "no_admin"
    NO_CALL = "no_call"


# Days without a call or meeting after which an account of a priority is overdue (GitLab handbook, dashboards).
CADENCE: Mapping[int, int] = MappingProxyType({1: 30, 2: 60})
OTHER_CADENCE = 60

LABELS: Mapping[Counter, str] = MappingProxyType(
    {
        Counter.FIRST_ENGAGE: f"First call > {GOALS[Goal.ENGAGE]} days",
        Counter.FIRST_VALUE: f"First value > {GOALS[Goal.FIRST_VALUE]} days",
        Counter.ONBOARD: f"Onboarding > {GOALS[Goal.ONBOARD]} days",
        Counter.NO_ADMIN: "No GitLab Admin",
        Counter.NO_CALL: f"No call > {CADENCE[1]} / {OTHER_CADENCE} days",
    }
)
MEANINGS: Mapping[Counter, str] = MappingProxyType(
    {
        Counter.FIRST_ENGAGE: "Onboarding started longer ago, and there hasn't been a call or meeting.",
        Counter.FIRST_VALUE: "The contract is older, and 10% of licenses have never been in use.",
        Counter.ONBOARD: "Onboarding started longer ago and isn't closed.",
        Counter.NO_ADMIN: "No active contact with an email address has the GitLab Admin role.",
        Counter.NO_CALL: "No call or meeting for more than 30 days at Pr1 accounts, more than 60 at others.",
    }
)

# What stands beside an account's name, where there is little room.
SHORT: Mapping[Counter, str] = MappingProxyType(
    {
        Counter.FIRST_ENGAGE: "First call",
        Counter.FIRST_VALUE: "First value",
        Counter.ONBOARD: "Onboarding",
        Counter.NO_ADMIN: "No GitLab Admin",
        Counter.NO_CALL: "No call",
    }
)


def days_without_call(*, last: dt.date | None, since: dt.date | None, today: dt.date) -> int | None:
    """Return the days since the last call or meeting, or since the account came; None where neither is known."""
    begin = last or since
    return None if begin is None else (today - begin).days


def is_call_overdue(*, priority: int | None, days: int | None) -> bool:
    return days is not None and days > CADENCE.get(priority or 0, OTHER_CADENCE)
