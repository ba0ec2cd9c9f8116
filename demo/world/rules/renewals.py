"""
What a customer buys, and what becomes of a contract when its term ends.

Engagement has a modest effect here, and only this one: each of the first three human clicks of the last 90 days
lowers the chance of leaving by 9 % of itself. The demo's figures split by engagement therefore show an association
of that size, mixed, as in life, with the better fit of customers who both click and stay.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from demo.world.rules import chance
from demo.world.rules.companies import MIDDLE_RATES
from demo.world.rules.customers import CSM_MANAGED, SCALE, TECH_TOUCH, Traits

PREMIUM, ULTIMATE, DUO_PRO = "Premium", "Ultimate", "Duo Pro"
# US dollars a seat and year.
LIST_PRICES = {PREMIUM: 348.0, ULTIMATE: 1188.0, DUO_PRO: 228.0}

ULTIMATE_SHARE = {TECH_TOUCH: 0.07, SCALE: 0.2, CSM_MANAGED: 0.46}
SEATS: dict[str, tuple[float, float, float, float]] = {
    # market: median, factor, lowest, highest
    "smb": (16, 1.9, 3, 90),
    "mid_market": (110, 1.7, 30, 450),
    "large": (620, 1.6, 200, 1900),
    "pubsec": (160, 1.9, 25, 900),
}
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Terms:
    """One contract period: `unit` is the price of a seat and year in `currency`, with two decimals."""

    product: str
    seats: int
    unit: Decimal
    currency: str
    months: int = 12
    duo_seats: int = 0
    duo_unit: Decimal = Decimal(0)

    @property
    def arr(self) -> Decimal:
        return self.seats * self.unit

    @property
    def duo_arr(self) -> Decimal:
        return self.duo_seats * self.duo_unit

    @property
    def total(self) -> Decimal:
        return self.arr + self.duo_arr

    def with_seats(self, seats: int) -> Terms:
        return replace(self, seats=max(seats, 1))

    def repriced(self, factor: float) -> Terms:
        return replace(self, unit=(self.unit * Decimal(str(round(factor, 4)))).quantize(CENT))


def list_price(product: str, currency: str) -> float:
    """Return the price of a seat and year in `currency`, before any discount."""
    return LIST_PRICES[product] / MIDDLE_RATES.get(currency, 1.0)


def months_of(*, seed: int, key: str, segment: str) -> int:
    """Return how long the terms of a contract last; whatever is not a customer's first contract runs for a year."""
    if not key.endswith(".1"):
        return 12
    return chance.weighted(chance.share(seed, "months", key), MONTHS[segment])


def first_terms(traits: Traits, *, dice: random.Random, months: int, part: float = 1.0) -> Terms:
    """Return what the customer buys first; `part` below 1 is a smaller, second subscription."""
    median, factor, low, high = SEATS[traits.market]
    if traits.segment == TECH_TOUCH and traits.market != "smb":
        median, high = median / 2.5, high / 4
    seats = round(chance.spread(dice, median=median * part, factor=factor, low=low, high=high))
    is_ultimate = dice.random() < ULTIMATE_SHARE[traits.segment] or (traits.number, part) == (3, 1.0)
    product = ULTIMATE if is_ultimate else PREMIUM
    discount = dice.uniform(0.0, 0.08) + (0.12 if seats > 200 else 0.0) + (0.1 if seats > 800 else 0.0)
    has_duo = dice.random() < (0.05 if traits.segment == TECH_TOUCH else 0.11)
    return Terms(
        product=product,
        seats=seats,
        unit=_money(list_price(product, traits.country.currency) * (1 - discount)),
        currency=traits.country.currency,
        months=months,
        duo_seats=max(seats // 3, 1) if has_duo else 0,
        duo_unit=_money(list_price(DUO_PRO, traits.country.currency)) if has_duo else Decimal(0),
    )


MONTHS = {
    TECH_TOUCH: ((12, 96.0), (24, 4.0)),
    SCALE: ((12, 86.0), (24, 9.0), (36, 5.0)),
    CSM_MANAGED: ((12, 70.0), (24, 14.0), (36, 16.0)),
}


def _money(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(CENT)


def upgraded(terms: Terms) -> Terms:
    """Return the terms on Ultimate, at three quarters of its list price: the discount that makes upgrades happen."""
    return replace(terms, product=ULTIMATE, unit=_money(list_price(ULTIMATE, terms.currency) * 0.75))


def downgraded(terms: Terms) -> Terms:
    return replace(terms, product=PREMIUM, unit=_money(list_price(PREMIUM, terms.currency) * 0.95))


BASE_HAZARD = {TECH_TOUCH: 0.15, SCALE: 0.12, CSM_MANAGED: 0.075}
LESS_HAZARD_A_CLICK = 0.09
COUNTED_CLICKS = 3

REASONS = (
    ("Lack of adoption", 22.0), ("Product Value / Gaps", 20.0), ("Lack of Engagement / Sponsor", 17.0),
    ("Loss of Budget", 16.0), ("Competitive Loss", 9.0), ("Corporate Decision", 8.0),
    ("Product Quality / Availability", 5.0), ("Unknown", 3.0),
)  # fmt: skip
AUTO_CLOSED = "No Progression - Auto-close"
# Late-renewal automation of the handbook closes a lapsed renewal as lost this long after its date.
LAPSED_AFTER = 46
LATEST_RENEWAL = 28


class Outcome(StrEnum):
    RENEWED = "renewed"
    EXPANDED = "expanded"
    CONTRACTED = "contracted"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    REPRICED = "repriced"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; `reasons` are (reason, share) of a loss and total 1."""

    outcome: Outcome
    terms: Terms
    reasons: tuple[tuple[str, float], ...] = ()


def hazard(*, segment: str, utilisation: float, clicks: int) -> float:
    """Return the chance, 0 to 1, that a customer leaves at the end of a term."""
    by_use = min(max(1.95 - 1.45 * utilisation, 0.4), 2.0)
    return BASE_HAZARD[segment] * by_use * (1 - LESS_HAZARD_A_CLICK * min(clicks, COUNTED_CLICKS))


def will_leave(*, seed: int, contract: str, term: int, hazard: float) -> bool:
    """Say whether the contract ends with this term; asked twice of the same hazard, it says the same."""
    return chance.share(seed, "leave", contract, term) < hazard


def decided_on(*, seed: int, contract: str, term: int, until: dt.date, is_leaving: bool) -> dt.date:
    """Return the day on which the renewal, or the loss, is recorded: most on the day itself, some late."""
    draw = chance.share(seed, "late", contract, term)
    if is_leaving:
        return until + dt.timedelta(days=LAPSED_AFTER if draw < 0.2 else 0)
    return until + dt.timedelta(days=round(draw / 0.05 * LATEST_RENEWAL) if draw < 0.05 else 0)


def decide(*, terms: Terms, segment: str, utilisation: float, dice: random.Random) -> Decision:
    """Return how a customer who stays renews; a well used product grows, an empty one shrinks."""
    spare, tight = max(0.78 - utilisation, 0.0), max(utilisation - 0.68, 0.0)
    options = (
        (Outcome.CONTRACTED, 0.065 + 0.42 * spare),
        (Outcome.DOWNGRADED, 0.035 if terms.product == ULTIMATE and segment != CSM_MANAGED else 0.0),
        (Outcome.EXPANDED, 0.32 + 0.8 * tight),
        (Outcome.UPGRADED, 0.034 if terms.product == PREMIUM and terms.seats < 700 else 0.0),
        (Outcome.REPRICED, 0.16),
    )
    stays = 1.0 - sum(weight for _, weight in options)
    outcome = chance.weighted(dice.random(), (*options, (Outcome.RENEWED, max(stays, 0.05))))
    return Decision(outcome, _new_terms(outcome, terms, dice), loss_reasons(dice) if outcome in LOSSES else ())


LOSSES = frozenset({Outcome.CONTRACTED, Outcome.DOWNGRADED, Outcome.CANCELLED})


def _new_terms(outcome: Outcome, terms: Terms, dice: random.Random) -> Terms:
    if outcome is Outcome.CONTRACTED:
        return _without_excess_duo(
            terms.with_seats(min(round(terms.seats * dice.uniform(0.68, 0.93)), terms.seats - 1))
        )
    if outcome is Outcome.EXPANDED:
        return terms.with_seats(max(round(terms.seats * dice.uniform(1.08, 1.38)), terms.seats + 1))
    if outcome is Outcome.UPGRADED:
        # Half of them take the occasion to count their seats anew.
        seats = round(terms.seats * dice.uniform(0.9, 1.15)) if dice.random() < 0.5 else terms.seats
        return upgraded(terms).with_seats(seats)
    if outcome is Outcome.DOWNGRADED:
        return downgraded(terms)
    if outcome is Outcome.REPRICED:
        return terms.repriced(dice.uniform(1.02, 1.06) if dice.random() < 0.85 else dice.uniform(0.93, 0.98))
    return terms


def _without_excess_duo(terms: Terms) -> Terms:
    return replace(terms, duo_seats=min(terms.duo_seats, terms.seats))


def loss_reasons(dice: random.Random) -> tuple[tuple[str, float], ...]:
    first = chance.weighted(dice.random(), REASONS)
    second = chance.weighted(dice.random(), REASONS)
    if first == second or dice.random() < 0.65:
        return ((first, 1.0),)
    part = dice.choice((0.5, 0.6, 0.7))
    return ((first, part), (second, round(1 - part, 6)))
