"""Contracts as lines: the base product in lane 1, Duo Pro in lane 2, true-ups in lane 3."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from accounts.contracts.models import Category, Line
from accounts.contracts.operations import Term
from demo.world.rules.beginnings import Beginning
from demo.world.rules.lives import Contract, Life, TruedUp
from demo.world.rules.terms import DUO_PRO
from demo.world.rules.worlds import World

BASE_LANE, DUO_LANE, TRUE_UP_LANE = 1, 2, 3


def terms_of(contract: Contract, *, subscription: int) -> Iterator[Term]:
    """Yield what each lane of the subscription holds while the contract lasts."""
    terms, since, until = contract.terms, contract.since, contract.until
    yield Term(subscription, terms.product, terms.seats, terms.arr, since, until, BASE_LANE, currency=terms.currency)
    if terms.duo_seats:
        yield Term(
            subscription, DUO_PRO, terms.duo_seats, terms.duo_arr, since, until, DUO_LANE, Category.ADD_ON,
            terms.currency,
        )  # fmt: skip


def true_up_of(true_up: TruedUp, *, subscription: int, day: dt.date) -> Term:
    """Return the true-up as a line of the month it is charged in: MRR counts a twelfth of it there and nowhere else."""
    terms = true_up.contract.terms
    next_month = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return Term(
        subscription, terms.product, true_up.seats, true_up.seats * terms.unit, day, next_month,
        currency=terms.currency, lane=TRUE_UP_LANE, category=Category.TRUE_UP,
    )  # fmt: skip


def first_terms(world: World, lives: Sequence[Life]) -> Iterator[Term]:
    for life in lives:
        for contract in life.contracts:
            yield from terms_of(contract, subscription=world.subscriptions[contract.key])


def write_past_lines(*, world: World, beginnings: Sequence[Beginning]) -> None:
    """Write all terms of founders' subscriptions, past and present, each known since it began."""
    Line.objects.bulk_create(
        (
            _line(term, dt.datetime.combine(term.since, dt.time(12), tzinfo=dt.UTC))
            for beginning in beginnings
            for contract in (*(past.contract for past in beginning.pasts), *beginning.life.contracts)
            for term in terms_of(contract, subscription=world.subscriptions[contract.key])
        ),
        batch_size=2000,
    )


def _line(term: Term, known_since: dt.datetime) -> Line:
    return Line(
        subscription_id=term.subscription_id,
        lane=term.lane,
        category=term.category,
        product=term.product,
        seats=term.seats,
        arr=Decimal(term.arr),
        currency=term.currency,
        valid=DateRange(term.since, term.until),
        known=DateTimeTZRange(known_since, None),
    )
