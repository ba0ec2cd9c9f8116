from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, DecimalField, Expression, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from accounts.contracts.models import FxRate, Line, Opportunity
from accounts.team.selectors import reporting_currency

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

MONEY = DecimalField(max_digits=28, decimal_places=12)


class Worth(TypedDict):
    worth: Decimal


class Level(StrEnum):
    """Whose ARR is added up; the parent is the topmost account of a family."""

    SUBSCRIPTION = "subscription"
    ACCOUNT = "account"
    PARENT = "parent"


KEY: dict[Level, F | Coalesce] = {
    Level.SUBSCRIPTION: F("subscription_id"),
    Level.ACCOUNT: F("subscription__account_id"),
    Level.PARENT: Coalesce("subscription__account__top_id", "subscription__account_id"),
}


def rates_on(day: dt.date) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth on a day: its latest rate, or its first where none is older."""
    return rates_on_days([day])[day]


def rates_on_days(
    days: Collection[dt.date], *, as_known_at: dt.datetime | None = None
) -> dict[dt.date, dict[str, Decimal]]:
    """Return the rates of each of these days (see rates_on) as known at an instant (None: now); two queries."""
    believed = Q(known__upper_inf=True) if as_known_at is None else Q(known__contains=as_known_at)
    rates_known = FxRate.objects.filter(believed).order_by("currency", "date")
    history = list(rates_known.values_list("currency", "date", "rate"))
    home = {reporting_currency(): Decimal(1)}
    rates: dict[dt.date, dict[str, Decimal]] = {day: {} for day in days}
    for day, on_day in rates.items():
        for currency, date, rate in history:
            if date <= day or currency not in on_day:
                on_day[currency] = rate
        on_day.update(home)
    return rates


def currencies_without_rate(home: str) -> list[str]:
    """Return the currencies of lines that nothing could be added up in, were `home` the organisation's currency."""
    rated = FxRate.objects.values("currency")
    held = Line.objects.exclude(currency=home).exclude(currency__in=rated)
    return list(held.order_by("currency").values_list("currency", flat=True).distinct())


def lines_on(
    day: dt.date,
    *,
    as_known_at: dt.datetime | None = None,
    rates_of: dt.date | None = None,
    rates: Mapping[str, Decimal] | None = None,
) -> QuerySet[WithAnnotations[Line, Worth]]:
    """
    Return the lines in force on a day with `worth`, their ARR in the organisation's currency.

    This is the one definition of ARR at a date: every line counts that was true on `day` as believed at the instant
    `as_known_at` (None: as we believe now), converted at the rate of `rates_of` (None: of `day`). Trials count with
    what they pay, which is nothing. Who asks for many days hands in the `rates` of each (rates_on_days).
    """
    lines = Line.objects.filter(valid__contains=day)
    lines = lines.filter(known__upper_inf=True) if as_known_at is None else lines.filter(known__contains=as_known_at)
    if rates is None:
        of = rates_of or day
        rates = rates_on_days([of], as_known_at=as_known_at)[of]
    whens = [When(currency=currency, then=Value(rate)) for currency, rate in rates.items()]
    rate: Expression = Case(*whens, output_field=MONEY)
    return lines.annotate(worth=F("arr") * rate)


def arr_on(
    day: dt.date,
    *,
    as_known_at: dt.datetime | None = None,
    by: Level = Level.ACCOUNT,
    account_ids: Collection[int] | None = None,
    rates_of: dt.date | None = None,
) -> dict[int, Decimal]:
    """
    Return ARR on a day, as known at an instant, per subscription, account or parent (see lines_on).

    Whoever has no line in force is absent; MRR is a twelfth of this, unrounded.
    """
    lines = lines_on(day, as_known_at=as_known_at, rates_of=rates_of)
    if account_ids is not None:
        lines = lines.filter(subscription__account__in=account_ids)
    return dict(lines.values_list(KEY[by]).annotate(total=Sum("worth")).order_by())


def lines_of(account_id: int, *, today: dt.date) -> QuerySet[WithAnnotations[Line, Worth]]:
    """Return what an account holds today and later, as we believe now, with `worth` at today's rates."""
    whens = [When(currency=currency, then=Value(rate)) for currency, rate in rates_on(today).items()]
    running = Q(valid__upper_inf=True) | Q(valid__endswith__gt=today)
    lines = Line.objects.filter(running, subscription__account=account_id, known__upper_inf=True)
    worth = F("arr") * Case(*whens, output_field=MONEY)
    return lines.select_related("subscription").annotate(worth=worth).order_by("valid", "lane", "pk")


def all_lines_of(account_id: int, *, today: dt.date) -> QuerySet[WithAnnotations[Line, Worth]]:
    """Return what an account ever held, as we believe now, the latest first, with `worth` at today's rates."""
    whens = [When(currency=currency, then=Value(rate)) for currency, rate in rates_on(today).items()]
    worth = F("arr") * Case(*whens, output_field=MONEY)
    lines = Line.objects.filter(subscription__account=account_id, known__upper_inf=True)
    return lines.select_related("subscription").annotate(worth=worth).order_by("-valid", "lane", "pk")


def arr_by_year(
    lines: Collection[WithAnnotations[Line, Worth]], *, today: dt.date, years: int = 5
) -> list[tuple[int, Decimal]]:
    """
    Return what these lines came to at the end of each of the last years and come to today, oldest first.

    Years before the first line are left out.
    """
    ends = [*(dt.date(today.year - ago, 12, 31) for ago in range(years - 1, 0, -1)), today]
    held = [(line.valid.lower or dt.date.min, line.valid.upper or dt.date.max, line.worth) for line in lines]
    first = min((start for start, _, _ in held), default=today)
    return [
        (end.year, sum((worth for start, stop, worth in held if start <= end < stop), Decimal(0)))
        for end in ends
        if end >= first
    ]


def opportunities_of(account_id: int) -> QuerySet[Opportunity]:
    """Return an account's sales, renewals and losses, the latest first, with the reasons of losses to hand."""
    deals = Opportunity.objects.filter(account=account_id).prefetch_related("loss_reasons")
    return deals.order_by("-close_date", "-pk")


def losses_between(first: dt.date, last: dt.date) -> QuerySet[Opportunity]:
    """
    Return what was lost from `first` to `last` inclusive, in whole or in part, with reasons to hand.

    Order types 4 and 5 are contraction, 6 is churn (rules.churn_or_contraction); a won contraction lost money too.
    """
    lost = Opportunity.objects.filter(is_closed=True, close_date__range=(first, last), order_type__in=("4", "5", "6"))
    return lost.prefetch_related("loss_reasons").order_by("close_date", "pk")
