"""A customer base that every metrics page has something to say about."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

from django.test import Client

from accounts.models import Account
from metrics.models import Milestone
from tests import factories
from tests.factories import NOW
from tests.metrics.worlds import mail, moved

# The twelve months to the end of February 2026.
YEAR = "from=2025-03-01&to=2026-02-28"
OUTCOMES = ((100, 150), (200, 200), (300, 120), (400, None), (500, 500), (600, 900))


def customers(*, segment: str = "scale") -> list[Account]:
    """Return eighteen accounts: six neither written to, six delivered to, six clicked by, each with six fates."""
    made = []
    for reach in ("not_reached", "delivered", "clicked"):
        for place, (before, after) in enumerate(OUTCOMES):
            account = factories.account(
                name=f"{reach} {place}", segment=segment, contract_date=dt.date(2025, 4, 1 + place)
            )
            moved(before, after, account=account)
            onboard(account, since=dt.date(2025, 4, 1 + place), days=10 * (place + 1))
            if reach != "not_reached":
                click = dt.date(2025, 4, 8) if reach == "clicked" else None
                mail(account, on=dt.date(2025, 4, 7), clicked_on=click)
            if after is None:
                lost(account, Decimal(before))
            made.append(account)
    return made


def onboard(account: Account, *, since: dt.date, days: int) -> None:
    """Let an account start onboarding, have its first call, reach value and close, each some days after the other."""
    for kind, after in (("onboarding_started", 0), ("first_value", days), ("onboarding_closed", days + 5)):
        Milestone.objects.create(
            account=account, kind=kind, reached_date=since + dt.timedelta(days=after), source="test", recorded_at=NOW
        )
    call = dt.datetime.combine(since + dt.timedelta(days=days), dt.time(12), tzinfo=dt.UTC)
    factories.entry(account=account, occurred_at=call)


def lost(account: Account, amount: Decimal) -> None:
    factories.opportunity(
        account=account, order_type="6", stage="Closed Lost", is_closed=True, close_date=dt.date(2025, 9, 15),
        available_to_renew=amount, reasons=[("No budget", "0.75"), ("Went Silent", "0.25")],
    )  # fmt: skip


def rows_of(client: Client, address: str) -> list[dict[str, str]]:
    """Return the rows of a page as its CSV has them."""
    joint = "&" if "?" in address else "?"
    answer = client.get(f"{address}{joint}format=csv")
    content: Any = answer.getvalue()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def sums(rows: list[dict[str, str]], *columns: str) -> list[Decimal]:
    return [sum((Decimal(row[column]) for row in rows), Decimal(0)) for column in columns]
