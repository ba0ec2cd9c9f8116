from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg2.extras import execute_values

from accounts.book.models import Account
from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry
from accounts.timeline.models import Kind as EntryKind
from metrics.usage.models import Measure
from metrics.value.models import Kind, Milestone
from metrics.value.rules import FIRST_VALUE_UTILISATION, why_not_reached

# The source of a milestone: the product's own data, or somebody's word.
PRODUCT, CSM = "product", "csm"

# What rules.first_value_date says, for all subscriptions at once; multiplied out, because a share would be rounded.
NOTE = """
insert into metrics_milestone (account_id, kind, reached_date, source, recorded_at)
select s.account_id, %(kind)s, min(billable.date), %(source)s, %(now)s
from accounts_subscription s
join metrics_reading billable on billable.subscription_id = s.id and billable.measure = %(billable)s
join metrics_reading licensed on licensed.subscription_id = s.id and licensed.measure = %(licensed)s
  and licensed.date = billable.date
where (%(among)s::bigint[] is null or s.account_id = any(%(among)s::bigint[]))
  and licensed.value > 0 and billable.value * %(of)s >= licensed.value * %(part)s
  and billable.date <= (%(now)s at time zone (select keel_zone()))::date
  and not exists (select from metrics_milestone m where m.account_id = s.account_id and m.subscription_id is null
                  and m.kind = %(kind)s)
group by s.account_id
on conflict do nothing
returning account_id, reached_date, (reached_date + time '12:00') at time zone (select keel_zone())
"""


def note_first_values(*, now: dt.datetime, account_ids: Collection[int] | None = None) -> int:
    """
    Record first value for accounts (all, or these) that reached it and have none; return how many.

    First value is the first day on which a subscription's billable users were at least a tenth of its licensed users
    (GitLab handbook, Customer Success vision: Time-to-Value KPIs). Set once: falling back and reaching it again
    changes nothing; a date that a CSM entered stands, and one that was taken back stays taken back.
    """
    values: dict[str, Any] = {
        "kind": Kind.FIRST_VALUE.value,
        "source": PRODUCT,
        "billable": Measure.BILLABLE_USERS.value,
        "licensed": Measure.LICENSED_USERS.value,
        "part": FIRST_VALUE_UTILISATION.numerator,
        "of": FIRST_VALUE_UTILISATION.denominator,
        "now": now,
        "among": None if account_ids is None else list(account_ids),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NOTE, values)
        noted: Sequence[tuple[int, dt.date, dt.datetime]] = cursor.fetchall()
        timeline.record(
            entries=[
                _told(account, Kind.FIRST_VALUE, day, min(noon, now), actor="Keel", source_key=f"first_value:{account}")
                for account, day, noon in noted
            ]
        )
    return len(noted)


# At noon of its day, where the organization is: what is known is the date.
def _told(account_id: int, kind: Kind, day: dt.date, at: dt.datetime, *, actor: str, source_key: str) -> Entry:
    return Entry(
        account_id=account_id,
        kind=EntryKind.MILESTONE,
        subject="First value reached" if kind is Kind.FIRST_VALUE else kind.label,
        occurred_at=at,
        actor=actor,
        data={"milestone": kind.value, "reached_date": day.isoformat()},
        source_key=source_key,
    )


class NotReached(ValueError):
    """The milestone cannot have been reached on that day; the sentence says why."""


class AlreadyWithdrawn(Exception):
    """Somebody withdrew the milestone before."""


@transaction.atomic
def record_milestone(
    *, account: Account, kind: Kind, on: dt.date, by: str, today: dt.date, now: dt.datetime
) -> Milestone:
    """
    Record by a person's word that an account reached a milestone; `today` is the organization's.

    ONBOARDING_STARTED lets the clocks of Time to Engage and Time to Onboard run from that day; ONBOARDING_CLOSED stops
    the latter: all tasks are done, or do not apply (GitLab handbook, CSM onboarding).

    :raises NotReached: when it cannot have been reached on that day, or stands already.
    """
    Account.objects.select_for_update().get(pk=account.pk)  # One word on an account at a time.
    standing = dict(_standing(account).values_list("kind", "reached_date"))
    if problem := why_not_reached(kind.value, on, standing=standing, today=today):
        raise NotReached(problem)
    reach(reached=[Reached(account.pk, kind, on)], source=CSM, actor=by, now=now)
    return _standing(account).get(kind=kind)


@transaction.atomic
def withdraw_milestone(*, milestone: Milestone, by: str, now: dt.datetime) -> None:
    """
    Take back a milestone that was recorded by mistake; the row stays, with its end.

    :raises AlreadyWithdrawn: when that was done before.
    """
    if not Milestone.objects.filter(pk=milestone.pk, withdrawn_at=None).update(withdrawn_at=now):
        raise AlreadyWithdrawn
    said = Entry(
        account_id=milestone.account_id,
        kind=EntryKind.UPDATE,
        subject=f"Milestone removed: {Kind(milestone.kind).label.lower()} on {milestone.reached_date.isoformat()}",
        occurred_at=now,
        actor=by,
        source_key=f"milestone_withdrawn:{milestone.pk}",
    )
    timeline.record(entries=[said])


def _standing(account: Account) -> QuerySet[Milestone]:
    return Milestone.objects.filter(account=account, subscription=None, withdrawn_at=None)


@dataclass(frozen=True, slots=True)
class Reached:
    """An account reached a milestone on a day."""

    account_id: int
    kind: Kind
    on: dt.date


REACH = """
insert into metrics_milestone (account_id, kind, reached_date, source, recorded_at) values %s
on conflict do nothing returning id, account_id, kind, reached_date,
  (reached_date + time '12:00') at time zone (select keel_zone())
"""


@transaction.atomic
def reach(*, reached: Sequence[Reached], source: str, actor: str, now: dt.datetime) -> int:
    """
    Record what accounts reached and let their timelines tell; what stands already is left as it is. Return how many
    were new.
    """
    if not reached:
        return 0
    rows = [(each.account_id, each.kind.value, each.on, source, now) for each in reached]
    with connection.cursor() as cursor:
        noted = execute_values(cursor.cursor, REACH, rows, page_size=1000, fetch=True)
    timeline.record(
        entries=[
            _told(account, Kind(kind), day, min(noon, now), actor=actor, source_key=f"milestone:{number}")
            for number, account, kind, day, noon in noted
        ]
    )
    return len(noted)
