"""Usage, by COPY."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable

from cs_platform.common.bulk import cursor
from demo.world.rules.adoption import DAYS_BETWEEN_READINGS, ptc_score
from demo.world.rules.lives import Read
from metrics.usage.models import Measure

SOURCE = "product"
# Propensity to churn is scored with the first reading of a month, once there is something to go by.
YOUNGEST_SCORED = 60
COPY = "copy metrics_reading (subscription_id, measure, date, value, source) from stdin"


def write_readings(*, reads: Iterable[tuple[int, dt.date, Read]]) -> int:
    """Append what subscriptions (by number) reported on a day; return the number of rows."""
    rows = [row for subscription, day, read in reads for row in _rows(subscription, day, read)]
    if rows:
        with cursor() as driver:
            driver.copy_expert(COPY, io.StringIO("".join(rows)))
    return len(rows)


def _rows(subscription: int, day: dt.date, read: Read) -> list[str]:
    is_scored = day.day <= DAYS_BETWEEN_READINGS and read.contract.age(day) >= YOUNGEST_SCORED
    values: dict[str, int | None] = {
        Measure.LICENSED_USERS.value: read.contract.terms.seats,
        Measure.BILLABLE_USERS.value: read.contract.users,
        Measure.CI_PIPELINE_USERS.value: read.pipeline_users,
        Measure.SECURITY_SCANNER_USERS.value: read.scanner_users,
        Measure.PTC_SCORE.value: ptc_score(read.contract.utilisation) if is_scored else None,
    }
    return [
        f"{subscription}\t{measure}\t{day.isoformat()}\t{value}\t{SOURCE}\n"
        for measure, value in values.items()
        if value is not None
    ]
