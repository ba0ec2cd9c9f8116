from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from accounts.contracts.models import Subscription
from metrics.usage.models import Measure, Reading
from metrics.usage.rules import Measured, ReadingKey

TABLE = "metrics_reading"

# Product data that stopped says nothing about today (GitLab handbook, customer health scoring: 60 days).
FRESH = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True)
class News:
    """Of some measurements, those we have no reading of, and those we have another value of."""

    new: frozenset[ReadingKey]
    different: frozenset[ReadingKey]

    def __len__(self) -> int:
        return len(self.new) + len(self.different)


KNOWN = f"""
select n.subscription_id, n.measure, n.date, r.subscription_id is null
from unnest(%s::bigint[], %s::text[], %s::date[], %s::numeric[]) n(subscription_id, measure, date, value)
left join {TABLE} r using (subscription_id, measure, date)
where r.subscription_id is null or r.value <> n.value::numeric(18,4)
"""  # noqa: S608 (a name of ours)


def in_columns(readings: Sequence[Measured]) -> list[list[int] | list[str] | list[dt.date] | list[Decimal]]:
    """Return readings as four arrays for unnest: subscription, measure, date, value."""
    return [
        [reading.subscription_id for reading in readings],
        [reading.measure for reading in readings],
        [reading.date for reading in readings],
        [Decimal(reading.value) for reading in readings],
    ]


def news_of(readings: Sequence[Measured]) -> News:
    """Return what recording these would add and change; each key may be named once."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, in_columns(readings))
        rows = cursor.fetchall()
    return News(
        new=frozenset((subscription, measure, date) for subscription, measure, date, is_new in rows if is_new),
        different=frozenset(
            (subscription, measure, date) for subscription, measure, date, is_new in rows if not is_new
        ),
    )


def latest(measure: str, *, today: dt.date) -> Subquery:
    """Return, over subscriptions, the measure's latest value that is not stale; null where there is none."""
    readings = Reading.objects.filter(
        subscription_id=OuterRef("pk"), measure=measure, date__lte=today, date__gt=today - FRESH
    )
    return Subquery(readings.order_by("-date").values("value")[:1])


def utilization(accounts: Q, *, today: dt.date) -> QuerySet[Subscription, Decimal]:
    """
    Return licence utilisation of the accounts that `accounts` selects: billable users per licensed user, as a share.

    Subscriptions count that report both (GitLab handbook, customer health scoring); an account where none does is
    absent. Above 1 means more users than licences.
    """
    licensed, billable = latest(Measure.LICENSED_USERS, today=today), latest(Measure.BILLABLE_USERS, today=today)
    reporting = Subscription.objects.filter(accounts).annotate(licensed=licensed, billable=billable)
    known = reporting.filter(licensed__gt=0, billable__isnull=False).order_by().values("account")
    share = Sum("billable") / Sum("licensed")
    return known.annotate(share=share).values_list("share", flat=True)


@dataclass(frozen=True, slots=True)
class Licenses:
    """How many of an account's licenses are in use, over its subscriptions that report both."""

    billable: Decimal
    licensed: Decimal


def licenses_of(account_id: int, *, today: dt.date) -> Licenses | None:
    """Return the two numbers behind utilization_of, or None where no subscription reports."""
    licensed, billable = latest(Measure.LICENSED_USERS, today=today), latest(Measure.BILLABLE_USERS, today=today)
    reporting = Subscription.objects.filter(account=account_id).annotate(licensed=licensed, billable=billable)
    known = reporting.filter(licensed__gt=0, billable__isnull=False)
    total = known.aggregate(used=Sum("billable"), held=Sum("licensed"))
    return None if total["held"] is None else Licenses(total["used"], total["held"])


def utilization_of(account_id: int, *, today: dt.date) -> Decimal | None:
    return next(iter(utilization(Q(account=account_id), today=today)), None)


def series_of(
    account_id: int, measures: Collection[str], *, first: dt.date, last: dt.date
) -> dict[str, list[tuple[dt.date, Decimal]]]:
    """Return each measure of an account day by day, summed over its subscriptions, from `first` to `last` inclusive."""
    subscriptions = Subscription.objects.filter(account=account_id).values_list("pk", flat=True)
    days = (
        Reading.objects.filter(subscription_id__in=list(subscriptions), measure__in=measures, date__range=(first, last))
        .values_list("measure", "date")
        .annotate(total=Sum("value"))
        .order_by("measure", "date")
    )
    series: dict[str, list[tuple[dt.date, Decimal]]] = {}
    for measure, date, total in days:
        series.setdefault(measure, []).append((date, total))
    return series
