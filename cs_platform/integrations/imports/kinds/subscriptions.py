"""A file of subscriptions: each row one term of one subscription's base product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accounts.book.models import ExternalId
from accounts.book.operations import external_ids
from accounts.contracts import operations as contracts
from accounts.contracts.operations import SubscriptionRow
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Values
from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.columns import CellError, Column

MONTHS = 12
DAY = dt.timedelta(days=1)


def columns() -> tuple[Column, ...]:
    text = values.text
    return (
        Column("external_id", ("subscription id", "id", "contract id"), text(120), is_required=True),
        Column("account", ("account id", "account number", "company id", "customer id"), text(120), is_required=True),
        Column("number", ("subscription number", "contract number"), text(60)),
        Column("start_date", ("start", "term start date", "subscription start date"), values.date, is_required=True),
        Column("end_date", ("end", "term end date", "subscription end date"), values.date),
        Column("product", ("plan tier", "plan", "product name", "tier"), text(60), is_required=True),
        Column("seats", ("licenses", "quantity", "users"), values.whole, is_required=True),
        Column("arr", ("arr amount", "annual recurring revenue"), values.money),
        Column("mrr", ("mrr amount", "monthly recurring revenue"), values.money),
        Column("currency", ("currency code", "currency iso code"), values.currency),
        Column("is_trial", ("trial",), values.flag),
        Column("does_auto_renew", ("auto renew flag", "auto renew", "auto renewal"), values.flag),
    )


def check(row: Values) -> list[CellError]:
    if "arr" not in row and "mrr" not in row:
        return [CellError("arr", "", "required", "ARR or MRR is required.")]
    return []


def key(row: Values, system: str) -> str:
    return external_ids.normalized(system, str(row["external_id"]))


def take(rows: Sequence[ImportRow], context: ImportContext) -> list[Outcome]:
    """Take subscriptions in, and copy down what follows for their accounts."""
    outcomes = contracts.upsert_subscriptions(
        system=context.system, rows=[_row(row.values) for row in rows], viewer=context.viewer
    )
    touched = {
        row.values["account"]
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.is_created or outcome.is_changed
    }
    accounts = external_ids.resolve(system=context.system, kind=ExternalId.Kind.ACCOUNT, names=touched)
    contracts.denormalise_contracts(account_ids=sorted(accounts.values()), today=context.today)
    return outcomes


def _row(row: Values) -> SubscriptionRow:
    # The end date of a file is the last day in force, as in Salesforce; ours is the first day no more.
    end = row.get("end_date")
    return SubscriptionRow(
        external_id=str(row["external_id"]),
        account=str(row["account"]),
        since=row["start_date"],
        until=end + DAY if end else None,
        product=str(row["product"]),
        seats=row["seats"],
        arr=row["arr"] if "arr" in row else row["mrr"] * MONTHS,
        currency=row.get("currency"),
        number=row.get("number"),
        is_trial=row.get("is_trial"),
        does_auto_renew=row.get("does_auto_renew"),
    )


SUBSCRIPTIONS = Importer(columns=columns, key=key, passes=(take,), check=check)
