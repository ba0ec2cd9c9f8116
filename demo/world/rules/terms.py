"""What a customer buys: product, seats, price and how long."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal

from demo.world.rules import chance
from demo.world.rules.customers import CSM_MANAGED, SCALE, TECH_TOUCH, Traits
from demo.world.rules.places import MIDDLE_RATES

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
