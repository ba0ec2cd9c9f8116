"""
Decide what lanes of subscriptions hold over periods.

What was believed about those periods ends now, what lies outside them is said again, and the decision is appended.
Every write of contract lines is such a decision; adding, amending, cancelling and correcting differ only in the period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import Q

from accounts.contracts.models import Category, FxRate, Line, Subscription
from accounts.team.selectors import reporting_currency


@dataclass(frozen=True, slots=True)
class Term:
    """What a lane holds from `since` until `until` (the first day it no longer does; None is open-ended)."""

    subscription_id: int
    product: str
    seats: int
    arr: Decimal
    since: dt.date
    until: dt.date | None = None
    lane: int = 1
    category: str = Category.BASE
    currency: str = "USD"

    def is_like(self, line: Line) -> bool:
        said = (self.category, self.product, self.seats, self.arr, self.currency, self.since, self.until)
        return said == (
            line.category, line.product, line.seats, line.arr, line.currency, line.valid.lower, line.valid.upper,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """Over `period` the lane holds these terms and nothing else."""

    subscription_id: int
    lane: int
    period: DateRange
    terms: tuple[Term, ...]


def decide(decisions: Sequence[Decision], *, now: dt.datetime) -> set[int]:
    """Carry decisions out, and return the subscriptions they changed."""
    if not decisions:
        return set()
    with transaction.atomic():
        subscriptions = sorted({decision.subscription_id for decision in decisions})
        # Whoever decides about the same subscription waits here; the exclusion constraint is only the last guard.
        list(Subscription.objects.select_for_update().filter(pk__in=subscriptions).order_by("pk").values_list("pk"))
        believed = _believed(subscriptions)
        new, stale = _difference(decisions, believed)
        remainders = _remainders(decisions, stale, now=now)
        _end([line.pk for line in stale], now=now)
        known = DateTimeTZRange(now, None)
        appended = [*remainders, *(_as_line(term, known) for term in new)]
        Line.objects.bulk_create(appended, batch_size=5000)
    return {line.subscription_id for line in (*stale, *appended)}


def _believed(subscription_ids: Collection[int]) -> dict[tuple[int, int], list[Line]]:
    lines: dict[tuple[int, int], list[Line]] = {}
    for line in Line.objects.filter(subscription__in=subscription_ids, known__upper_inf=True):
        lines.setdefault((line.subscription_id, line.lane), []).append(line)
    return lines


# Return the terms that are not believed yet, and the believed lines that the decisions contradict.
def _difference(
    decisions: Sequence[Decision], believed: dict[tuple[int, int], list[Line]]
) -> tuple[list[Term], list[Line]]:
    new: list[Term] = []
    stale: dict[int, Line] = {}
    for decision in decisions:
        lines = [
            line
            for line in believed.get((decision.subscription_id, decision.lane), [])
            if _overlap(line.valid, decision.period)
        ]
        kept = {line.pk for line in lines if any(term.is_like(line) for term in decision.terms)}
        new += [term for term in decision.terms if not any(term.is_like(line) for line in lines)]
        stale |= {line.pk: line for line in lines if line.pk not in kept}
    return new, list(stale.values())


def _overlap(one: Any, other: Any) -> bool:
    return starts(one) < _ends(other) and starts(other) < _ends(one)


def starts(period: Any) -> dt.date:
    return period.lower or dt.date.min


def _ends(period: Any) -> dt.date:
    return period.upper or dt.date.max


# Return what contradicted lines still hold outside the decided periods.
def _remainders(decisions: Sequence[Decision], stale: Sequence[Line], *, now: dt.datetime) -> list[Line]:
    periods: dict[tuple[int, int], list[DateRange]] = {}
    for decision in decisions:
        periods.setdefault((decision.subscription_id, decision.lane), []).append(decision.period)
    known = DateTimeTZRange(now, None)
    return [
        _like(line, valid, known)
        for line in stale
        for valid in _without(line.valid, periods[line.subscription_id, line.lane])
    ]


# Return the pieces of a range that none of the periods covers.
def _without(valid: Any, periods: Sequence[DateRange]) -> list[DateRange]:
    pieces: list[DateRange] = []
    start = starts(valid)
    for period in sorted(periods, key=starts):
        end = min(starts(period), _ends(valid))
        if start < end:
            pieces.append(DateRange(_bound(start), _bound(end)))
        start = max(start, _ends(period))
    if start < _ends(valid):
        pieces.append(DateRange(_bound(start), valid.upper))
    return pieces


def _bound(day: dt.date) -> dt.date | None:
    return None if day in (dt.date.min, dt.date.max) else day


def _end(line_ids: list[int], *, now: dt.datetime) -> None:
    with connection.cursor() as cursor:
        # A line that began to be believed at this very instant was never believed at all.
        cursor.execute("delete from accounts_line where id = any(%s) and lower(known) >= %s", [line_ids, now])
        cursor.execute(
            "update accounts_line set known = tstzrange(lower(known), %s) where id = any(%s)", [now, line_ids]
        )


def _as_line(term: Term, known: DateTimeTZRange) -> Line:
    return Line(
        subscription_id=term.subscription_id, lane=term.lane, category=term.category, product=term.product,
        seats=term.seats, arr=term.arr, currency=term.currency, valid=DateRange(term.since, term.until), known=known,
    )  # fmt: skip


def _like(line: Line, valid: DateRange, known: DateTimeTZRange) -> Line:
    return Line(
        subscription_id=line.subscription_id, lane=line.lane, category=line.category, product=line.product,
        seats=line.seats, arr=line.arr, currency=line.currency, valid=valid, known=known,
    )  # fmt: skip


class BadTerm(ValueError):
    """A term cannot be: it ends before it begins, or its currency has no rate."""


class NothingInForce(LookupError):
    """There is no line on that day which could be amended or corrected."""


def record_lines(*, terms: Sequence[Term], now: dt.datetime) -> set[int]:
    """
    Say what lanes hold over the periods of these terms; return the subscriptions that changed.

    What other periods hold stays as it is. Saying it again changes nothing.

    :raises BadTerm: when a term ends before it begins, or no rate of its currency is known.
    """
    _check(terms)
    return decide([Decision(t.subscription_id, t.lane, DateRange(t.since, t.until), (t,)) for t in terms], now=now)


def continue_lanes(*, terms: Sequence[Term], now: dt.datetime) -> set[int]:
    """
    Say what lanes hold from the first of their terms on: these, and nothing after; and say which subscriptions changed.

    This is what an export of subscriptions means: a row whose end moved back must not leave its old tail, and terms
    before the one that is exported stay on record.

    :raises BadTerm: see record_lines.
    """
    _check(terms)
    by_lane: dict[tuple[int, int], list[Term]] = {}
    for term in terms:
        by_lane.setdefault((term.subscription_id, term.lane), []).append(term)
    decisions = [
        Decision(*lane, DateRange(min(term.since for term in held), None), tuple(held))
        for lane, held in by_lane.items()
    ]
    return decide(decisions, now=now)


def amend_line(
    *,
    subscription: Subscription,
    since: dt.date,
    now: dt.datetime,
    lane: int = 1,
    product: str | None = None,
    seats: int | None = None,
    arr: Decimal | None = None,
) -> None:
    """
    Change a lane from a day on, until the end of the line that is in force on that day.

    :raises NothingInForce: when the lane holds nothing on that day.
    """
    line = _line_on(subscription, lane, since)
    term = _changed(line, product=product, seats=seats, arr=arr, since=since, until=line.valid.upper)
    record_lines(terms=[term], now=now)


def correct_line(
    *, line: Line, now: dt.datetime, product: str | None = None, seats: int | None = None, arr: Decimal | None = None
) -> None:
    """Say that a line held something else over its whole period: what we believed until now stays on record."""
    term = _changed(line, product=product, seats=seats, arr=arr, since=starts(line.valid), until=line.valid.upper)
    record_lines(terms=[term], now=now)


def cancel_lines(*, subscription: Subscription, since: dt.date, now: dt.datetime, lane: int | None = None) -> None:
    """
    End a subscription, or one lane of it, on a day: from that day on it holds nothing.

    :raises NothingInForce: when it holds nothing from that day on anyway.
    """
    later = Q(valid__upper_inf=True) | Q(valid__endswith__gt=since)
    lines = Line.objects.filter(later, subscription=subscription, known__upper_inf=True)
    lanes = {held for held in lines.values_list("lane", flat=True) if lane in (None, held)}
    if not lanes:
        raise NothingInForce(f"{subscription} holds nothing from {since} on.")
    period = DateRange(since, None)
    decide([Decision(subscription.pk, each, period, ()) for each in sorted(lanes)], now=now)


def _line_on(subscription: Subscription, lane: int, on: dt.date) -> Line:
    lines = Line.objects.filter(subscription=subscription, lane=lane, valid__contains=on, known__upper_inf=True)
    line = lines.first()
    if line is None:
        raise NothingInForce(f"Lane {lane} of {subscription} holds nothing on {on}.")
    return line


def _changed(
    line: Line, *, product: str | None, seats: int | None, arr: Decimal | None, since: dt.date, until: dt.date | None
) -> Term:
    return Term(
        subscription_id=line.subscription_id,
        lane=line.lane,
        category=line.category,
        currency=line.currency,
        product=line.product if product is None else product,
        seats=line.seats if seats is None else seats,
        arr=line.arr if arr is None else arr,
        since=since,
        until=until,
    )


def _check(terms: Sequence[Term]) -> None:
    for term in terms:
        if term.until is not None and term.until <= term.since:
            raise BadTerm(f"A term from {term.since} cannot end on {term.until}.")
    known = {reporting_currency(), *FxRate.objects.values_list("currency", flat=True).distinct()}
    if unknown := {term.currency for term in terms} - known:
        raise BadTerm(f"No exchange rate is known for {', '.join(sorted(unknown))}.")
