from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from accounts.contracts.models import Subscription
from metrics.usage.models import Measure, Reading

# Product data that stopped says nothing about today (GitLab handbook, customer health scoring: 60 days).
FRESH = dt.timedelta(days=60)


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
