from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry
from accounts.timeline.models import Kind as EntryKind
from metrics.usage.models import Measure
from metrics.value.models import Kind
from metrics.value.rules import FIRST_VALUE_UTILISATION

# The source of a milestone that nobody typed in.
PRODUCT = "product"

# What rules.first_value_date says, for all subscriptions at once; multiplied out, because a share would be rounded.
NOTE = """
insert into metrics_milestone (account_id, kind, reached_date, source, recorded_at)
select s.account_id, %(kind)s, min(billable.date), %(source)s, %(now)s
from accounts_subscription s
join metrics_reading billable on billable.subscription_id = s.id and billable.measure = %(billable)s
join metrics_reading licensed on licensed.subscription_id = s.id and licensed.measure = %(licensed)s
  and licensed.date = billable.date
where licensed.value > 0 and billable.value * %(of)s >= licensed.value * %(part)s and billable.date <= %(today)s
  and not exists (select from metrics_milestone m where m.account_id = s.account_id and m.subscription_id is null
                  and m.kind = %(kind)s and m.withdrawn_at is null)
group by s.account_id
on conflict do nothing
returning account_id, reached_date
"""


def note_first_values(*, now: dt.datetime) -> int:
    """
    Record first value for accounts that reached it and have none; return how many.

    First value is the first day on which a subscription's billable users were at least a tenth of its licensed users
    (GitLab handbook, Customer Success vision: Time-to-Value KPIs). Set once: falling back and reaching it again
    changes nothing, and a date that a CSM entered stands.
    """
    values: dict[str, Any] = {
        "kind": Kind.FIRST_VALUE.value,
        "source": PRODUCT,
        "billable": Measure.BILLABLE_USERS.value,
        "licensed": Measure.LICENSED_USERS.value,
        "part": FIRST_VALUE_UTILISATION.numerator,
        "of": FIRST_VALUE_UTILISATION.denominator,
        "now": now,
        "today": now.date(),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NOTE, values)
        noted: Sequence[tuple[int, dt.date]] = cursor.fetchall()
        timeline.record(entries=[_entry(account, day, now) for account, day in noted])
    return len(noted)


def _entry(account_id: int, day: dt.date, now: dt.datetime) -> Entry:
    noon = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
    return Entry(
        account_id=account_id,
        kind=EntryKind.MILESTONE,
        subject="First value reached",
        occurred_at=min(noon, now),
        actor="Keel",
        data={"milestone": Kind.FIRST_VALUE.value, "reached_date": day.isoformat()},
        source_key=f"first_value:{account_id}",
    )
