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
    """Return an instant in the working hours of `day` (UTC); where `latest` comes before their end, one before that."""
    opens, closes = (dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC) for hour in (8, 17))
    if latest < closes:
        opens, closes = dt.datetime.combine(day, dt.time(0), tzinfo=dt.UTC), latest
    minutes = max((closes - opens).total_seconds() / 60, 0)
    return opens + dt.timedelta(minutes=int(chance.share(seed, "moment", key, day.toordinal()) * minutes))
