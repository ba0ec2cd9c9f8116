"""What the timeline and the opportunities say about contracts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from cs_platform.demo.world.rules import chance
from cs_platform.demo.world.rules.lives import Contract


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
    """Return an instant in the working hours of `day`, never after `latest`."""
    minutes = int(chance.share(seed, "moment", key, day.toordinal()) * 9 * 60)
    return min(dt.datetime.combine(day, dt.time(8), tzinfo=dt.UTC) + dt.timedelta(minutes=minutes), latest)
