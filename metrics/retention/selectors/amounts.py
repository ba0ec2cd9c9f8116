"""ARR of subscriptions on many days, asked in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum, Value

from accounts.contracts.models import Subscription
from accounts.contracts.selectors import lines_on, rates_on_days
from metrics.population.selectors import Population

# What a unit of each currency was worth on each of some days (contracts.selectors.rates_on_days).
Rates = Mapping[dt.date, Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A day whose ARR is wanted, converted at the rates of `rates_of`."""

    day: dt.date
    rates_of: dt.date


@dataclass(slots=True)
class Amounts:
    """ARR by subscription for each day asked, in the order asked; whoever held nothing is absent."""

    by_day: list[dict[int, Decimal]]
    account_of: dict[int, int] = field(default_factory=dict)


def paid_on(
    population: Population,
    asked: Sequence[Asked],
    *,
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
) -> QuerySet[Any, Any]:
    """
    Return (subscription, account, place among the days asked, ARR) of everybody who held something on these days.

    As known at an instant (None: now), by contracts.selectors.lines_on. Two queries for the rates, unless those of all
    days asked for are handed in.
    """
    if rates is None:
        rates = rates_on_days({each.rates_of for each in asked})
    parts = [
        lines_on(each.day, as_known_at=as_known_at, rates=rates[each.rates_of])
        .filter(subscription__account__in=population.accounts())
        .values_list("subscription_id", "subscription__account_id")
        .annotate(place=Value(place), total=Sum("worth"))
        .order_by()
        for place, each in enumerate(asked)
    ]
    return parts[0].union(*parts[1:], all=True)


def arr_of_subscriptions(
    population: Population,
    asked: Sequence[Asked],
    *,
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
) -> Amounts:
    """Return ARR by subscription on each of these days; see paid_on."""
    amounts = Amounts([{} for _ in asked])
    for subscription, account, place, total in paid_on(population, asked, as_known_at=as_known_at, rates=rates):
        amounts.by_day[place][subscription] = total
        amounts.account_of[subscription] = account
    return amounts


def lineages() -> dict[int, int]:
    """
    Return the subscription that each superseded one came down to.

    A consolidation continues what it replaced, inside one account: money that moved to another account is that
    account's, so that what a subscription keeps is never more than what its account keeps.
    """
    superseded = Subscription.objects.filter(superseded_by__isnull=False, account=F("superseded_by__account"))
    following = {before: after for before, after in superseded.values_list("pk", "superseded_by") if after is not None}
    return {each: _last(each, following) for each in following}


def _last(subscription: int, following: dict[int, int]) -> int:
    seen = {subscription}
    while (after := following.get(subscription)) is not None and after not in seen:
        seen.add(after)
        subscription = after
    return subscription


def numbers_of(subscription_ids: Collection[int]) -> dict[int, str]:
    return dict(Subscription.objects.filter(pk__in=subscription_ids).values_list("pk", "number"))
