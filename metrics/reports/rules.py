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
        Counter.FIRST_ENGAGE: f"1st engage > {GOALS[Goal.ENGAGE]} days",
        Counter.FIRST_VALUE: f"1st value > {GOALS[Goal.FIRST_VALUE]} days",
        Counter.ONBOARD: f"Onboard > {GOALS[Goal.ONBOARD]} days",
        Counter.NO_ADMIN: "No GitLab Admin",
        Counter.NO_CALL: f"No call > {CADENCE[1]} / {OTHER_CADENCE} days",
    }
)
MEANINGS: Mapping[Counter, str] = MappingProxyType(
    {
        Counter.FIRST_ENGAGE: "Onboarding began longer ago than that, and there was no call or meeting yet.",
        Counter.FIRST_VALUE: "The contract is older than that, and a tenth of the licenses was never in use.",
        Counter.ONBOARD: "Onboarding began longer ago than that, and is not closed.",
        Counter.NO_ADMIN: "No active contact with an address has the role GitLab Admin.",
        Counter.NO_CALL: "No call or meeting for more than 30 days at a Pr1 account, for more than 60 at any other.",
    }
)

# What stands beside an account's name, where there is little room.
SHORT: Mapping[Counter, str] = MappingProxyType(
    {
        Counter.FIRST_ENGAGE: "1st engage",
        Counter.FIRST_VALUE: "1st value",
        Counter.ONBOARD: "Onboard",
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
