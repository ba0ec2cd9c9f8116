"""A file of churn events: each row a loss with its reason, whatever the account still pays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.book.operations import external_ids
from accounts.contracts import operations as contracts
from accounts.contracts.models import Opportunity, OrderType
from accounts.contracts.operations import Deal, LossRow
from accounts.team.selectors import reporting_currency
from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry, Kind
from cs_platform.common import clock
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Values
from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.columns import Column

NOON = dt.time(12)
# What a loss has no column for is kept with its timeline entry.
DETAILS = ("refund", "was_upgraded", "was_downgraded", "is_reactivation")


def columns() -> tuple[Column, ...]:
    text = values.text
    return (
        Column("external_id", ("churn event id", "event id", "id"), text(120), is_required=True),
        Column("account", ("account id", "account number", "company id", "customer id"), text(120), is_required=True),
        Column("churn_date", ("date", "close date", "cancellation date"), values.date, is_required=True),
        Column("reason", ("reason code", "churn reason", "loss reason"), text(60)),
        Column("feedback", ("feedback text", "notes", "comment"), text(5000)),
        Column("refund", ("refund amount usd", "refund amount"), values.money),
        Column("was_upgraded", ("preceding upgrade flag",), values.flag),
        Column("was_downgraded", ("preceding downgrade flag",), values.flag),
        Column("is_reactivation", ("reactivation",), values.flag),
    )


def key(row: Values, system: str) -> str:
    return external_ids.normalized(system, str(row["external_id"]))


def take(rows: Sequence[ImportRow], context: ImportContext) -> list[Outcome]:
    """Take losses in, and put those that are new on their accounts' timelines."""
    currency = reporting_currency()
    losses = [_row(row.values, currency) for row in rows]
    outcomes = contracts.upsert_losses(system=context.system, rows=losses, viewer=context.viewer)
    new = {o.pk: row.values for row, o in zip(rows, outcomes, strict=True) if o.pk is not None and o.is_created}
    accounts = dict(Opportunity.objects.filter(pk__in=new).values_list("pk", "account_id"))
    zone = clock.zone()
    timeline.record(entries=[_entry(new[pk], account, context, zone) for pk, account in accounts.items()])
    return outcomes


def _row(row: Values, currency: str) -> LossRow:
    deal = Deal(
        account_id=0,
        name=f"Churn on {row['churn_date']}",
        order_type=OrderType.CHURN_FINAL,
        stage="Closed Lost",
        is_closed=True,
        close_date=row["churn_date"],
        currency=currency,
        notes=row.get("feedback", ""),
        reasons={row["reason"]: Decimal(1)} if "reason" in row else {},
    )
    return LossRow(str(row["external_id"]), str(row["account"]), deal)


def _entry(row: Values, account_id: int, context: ImportContext, zone: ZoneInfo) -> Entry:
    details = {name: row[name] for name in DETAILS if name in row}
    return Entry(
        account_id=account_id,
        kind=Kind.CONTRACT,
        subject=f"Churned: {row['reason']}" if "reason" in row else "Churned",
        body=row.get("feedback", ""),
        occurred_at=dt.datetime.combine(row["churn_date"], NOON, zone),
        actor=context.actor,
        data={name: str(value) if isinstance(value, Decimal) else value for name, value in details.items()},
        source_key=f"churn:{context.system}:{row['external_id']}"[:120],
    )


CHURN_EVENTS = Importer(columns=columns, key=key, passes=(take,))
