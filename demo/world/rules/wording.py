"""What the timeline and the opportunities say about contracts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from demo.world.rules import chance
from demo.world.rules.lives import Contract

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
