"""One day of one contract, and what the timeline and the opportunities say about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache

from demo.world.rules import chance, customers, renewals
from demo.world.rules.customers import SHOWN_CASES, TECH_TOUCH
from demo.world.rules.lives import (
    WILL_CHURN,
    Cancelled,
    Consolidated,
    Contract,
    Corrected,
    Grown,
    Happening,
    Life,
    Read,
    RenewalOpened,
    Renewed,
    StageMoved,
    TruedUp,
)
from demo.world.rules.renewals import ULTIMATE, Terms

OPENED_BEFORE = 120  # the handbook opens the renewal four months ahead
WARNED_BEFORE = 60
CORRECTED_AFTER = 35
MISTYPED_SHARE, MISTYPED_SEATS = 0.02, 10
QUARTER = 91


def a_day_of(life: Life, contract: Contract, *, seed: int, day: dt.date, clicks: int) -> Iterator[Happening]:
    left = (contract.until - day).days
    if left <= 0:
        yield from _end_of_term(life, contract, seed, day, clicks)
        return
    if is_reading_day(contract, day):
        yield from _reading(life, contract, seed, day, clicks)
    elif left == OPENED_BEFORE:
        yield RenewalOpened(contract)
    elif left == WARNED_BEFORE and _is_warned_of(life) and _is_leaving(life, contract, seed, clicks):
        yield StageMoved(WILL_CHURN)
    if (day - contract.since).days == CORRECTED_AFTER and is_mistyped(contract, seed=seed):
        right = contract.terms.with_seats(contract.terms.seats - MISTYPED_SEATS)
        yield Corrected(contract, replace(contract, terms=right))


# Say whether somebody would notice ahead that the customer leaves: a CSM, on the customer's only contract.
def _is_warned_of(life: Life) -> bool:
    return life.segment != TECH_TOUCH and len(life.contracts) == 1 and life.stage != WILL_CHURN


def is_quiet(contract: Contract, day: dt.date) -> bool:
    """Say at once, for most days, that nothing can happen to the contract today."""
    left = (contract.until - day).days
    if left <= 0 or left in (OPENED_BEFORE, WARNED_BEFORE) or is_reading_day(contract, day):
        return False
    return (day - contract.since).days != CORRECTED_AFTER


def is_reading_day(contract: Contract, day: dt.date) -> bool:
    """Each subscription reports once a week, not all on the same day."""
    return contract.age(day) % customers.DAYS_BETWEEN_READINGS == _reading_day(contract.key)


@cache
def _reading_day(key: str) -> int:
    number, _, position = key.partition(".")
    return (3 * int(number) + int(position)) % customers.DAYS_BETWEEN_READINGS


def is_mistyped(contract: Contract, *, seed: int) -> bool:
    draw = chance.share(seed, "typo", contract.key, contract.age(contract.since))
    return contract.terms.seats > 4 * MISTYPED_SEATS and draw < MISTYPED_SHARE


def as_typed(contract: Contract, *, seed: int) -> Contract:
    """Return the contract as it is first recorded: a few orders have ten seats too many until somebody notices."""
    wrong = replace(contract, terms=contract.terms.with_seats(contract.terms.seats + MISTYPED_SEATS))
    return wrong if is_mistyped(wrong, seed=seed) else contract


def _reading(life: Life, contract: Contract, seed: int, day: dt.date, clicks: int) -> Iterator[Happening]:
    seats = contract.terms.seats
    users = customers.next_users(
        life.traits,
        seed=seed,
        key=contract.key,
        age=contract.age(day),
        seats=seats,
        users=contract.users,
        clicks=clicks,
    )
    now = replace(contract, users=users)
    is_ultimate = contract.terms.product == ULTIMATE
    yield Read(
        now,
        pipeline_users=round(users * life.traits.ci_share),
        scanner_users=round(users * life.traits.scanner_share) if is_ultimate else None,
    )
    age, left = (day - contract.since).days, (contract.until - day).days
    if age > OPENED_BEFORE // 2 and left > WARNED_BEFORE:
        grown = _grown(now, seed, day)
        if grown:
            yield Grown(now, grown)
        elif users > seats and age % QUARTER < customers.DAYS_BETWEEN_READINGS:
            yield TruedUp(now, seats=users - seats)


def _grown(contract: Contract, seed: int, day: dt.date) -> Contract | None:
    draw = chance.share(seed, "grow", contract.key, contract.age(day))
    if draw >= (0.07 if contract.utilisation >= 0.88 else 0.006 if contract.utilisation > 0.55 else 0.0):
        return None
    factor = chance.dice(seed, "growth", contract.key, contract.age(day)).uniform(1.06, 1.24)
    seats = max(round(contract.terms.seats * factor), contract.terms.seats + 1)
    return as_typed(replace(contract, terms=contract.terms.with_seats(seats), since=day), seed=seed)


def _is_leaving(life: Life, contract: Contract, seed: int, clicks: int) -> bool:
    if life.number in SHOWN_CASES:
        return False  # whoever comes to see these cases finds them
    hazard = renewals.hazard(segment=life.segment, utilisation=contract.utilisation, clicks=clicks)
    return renewals.will_leave(seed=seed, contract=contract.key, term=contract.term, hazard=hazard)


def _end_of_term(life: Life, contract: Contract, seed: int, day: dt.date, clicks: int) -> Iterator[Happening]:
    is_leaving = life.stage == WILL_CHURN or _is_leaving(life, contract, seed, clicks)
    due = renewals.decided_on(
        seed=seed, contract=contract.key, term=contract.term, until=contract.until, is_leaving=is_leaving
    )
    if day < due:
        return
    dice = chance.dice(seed, "renewal", contract.key, contract.term)
    if is_leaving:
        lapsed = ((renewals.AUTO_CLOSED, 1.0),) if due > contract.until else None
        yield Cancelled(contract, lapsed or renewals.loss_reasons(dice), is_last=len(life.contracts) == 1)
        return
    # Not one that was itself renewed a moment ago.
    others = (each for each in life.contracts if each.key != contract.key and each.since < day <= each.until)
    other = next(others, None)
    if other and (dice.random() < 0.3 or life.number == 11):
        yield Consolidated((contract, other), _together(life, contract, other, day))
        return
    decision = renewals.decide(terms=contract.terms, segment=life.segment, utilisation=contract.utilisation, dice=dice)
    yield Renewed(contract, as_typed(next_term(contract, decision.terms), seed=seed), decision)


def next_term(contract: Contract, terms: Terms) -> Contract:
    return replace(contract, terms=terms, since=contract.until, until=years_on(contract.until, terms.months // 12))


# Return the one contract that replaces two: all seats, on the better product, at that product's price.
def _together(life: Life, first: Contract, second: Contract, day: dt.date) -> Contract:
    better, other = sorted((first, second), key=lambda each: each.terms.unit, reverse=True)
    seats = better.terms.seats + other.terms.seats
    price = (better.terms.arr + other.terms.arr) / seats
    terms = replace(better.terms, seats=seats, unit=price.quantize(better.terms.unit), months=12)
    position = 1 + max(int(each.key.partition(".")[2]) for each in life.contracts)
    return Contract(
        f"{life.number}.{position}", life.contract_date, terms, day, years_on(day, 1), users=first.users + second.users
    )


def years_on(day: dt.date, years: int) -> dt.date:
    """Return the same day some years on; the 29th of February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


OPENS, CLOSES = dt.time(8), dt.time(17)


def money(amount: Decimal, currency: str) -> str:
    return f"{currency} {amount:,.0f}"


def contract_in_words(contract: Contract) -> str:
    """Return for example "Premium, 50 seats, USD 17,400 a year"."""
    terms = contract.terms
    duo = f", Duo Pro for {terms.duo_seats}" if terms.duo_seats else ""
    return f"{terms.product}, {terms.seats} seats{duo}, {money(terms.total, terms.currency)} a year"


def seats_in_words(seats: int) -> str:
    return "1 seat" if seats == 1 else f"{seats} seats"


def moment(*, seed: int, day: dt.date, key: object, latest: dt.datetime) -> dt.datetime:
    """
    Return an instant in the working hours of `day` (UTC).

    What is recorded before they end, by a nightly run for instance, happened on the working day before.
    """
    if latest < dt.datetime.combine(day, CLOSES, tzinfo=dt.UTC):
        day -= dt.timedelta(days=(3, 1, 1, 1, 1, 1, 2)[day.weekday()])
    opens, closes = (dt.datetime.combine(day, hour, tzinfo=dt.UTC) for hour in (OPENS, CLOSES))
    return opens + chance.share(seed, "moment", key, day.toordinal()) * (closes - opens)
