"""A file of accounts."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.book import operations as book
from accounts.book.models import Channel, Deployment, ExternalId, Market, Region, Segment, Stage
from accounts.book.operations import AccountFacts, AccountRow, external_ids
from contacts.consent.rules import CATEGORIES
from cs_platform.common.outcomes import Outcome, Problem
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Values, validated
from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.columns import Column

FACTS = tuple(AccountFacts.__annotations__)


def columns() -> tuple[Column, ...]:
    text = values.text
    return (
        Column(
            "external_id",
            ("account id", "id", "account number", "salesforce id", "sfdc id", "sfdc account id"),
            text(120),
            is_required=True,
        ),
        Column("name", ("account name", "account", "company", "company name", "customer"), text(200)),
        Column("parent", ("parent id", "parent account", "parent account id"), text(120)),
        Column("csm", ("csm email", "csm address", "customer success manager"), values.address),
        Column("segment", ("customer segment", "sales segment", "touch"), values.one_of(Segment.choices)),
        Column("stage", ("lifecycle stage", "lifecycle"), values.one_of(Stage.choices)),
        Column("market", ("market segment",), values.one_of(Market.choices)),
        Column("priority", ("pr",), values.one_of([(str(n), f"Pr{n}") for n in range(1, 5)])),
        Column("deployment", ("deployment type", "hosting"), values.one_of(Deployment.choices)),
        Column("products", ("product", "products purchased"), values.words(60)),
        Column("purchase_channel", ("channel", "sales channel"), values.one_of(Channel.choices)),
        Column("industry", ("sector", "vertical"), text(80)),
        Column("country", ("country code", "billing country"), text(60)),
        Column("region", ("geo", "territory"), values.one_of(Region.choices)),
        Column("zone", ("time zone", "timezone"), values.zone),
        Column("is_pubsec", ("pubsec", "public sector"), values.flag),
        Column("is_restricted", ("restricted", "restricted account"), values.flag),
        Column("switched_off", ("mail switched off",), values.several_of(CATEGORIES)),
        Column("contract_date", ("signup date", "customer since", "original contract date", "start date"), values.date),
    )


def key(row: Values, system: str) -> str:
    return external_ids.normalized(system, str(row["external_id"]))


def take(rows: Sequence[ImportRow], context: ImportContext) -> list[Outcome]:
    """Take accounts in without their parents, which may stand further down in the file."""

    def upsert(valid_rows: list[ImportRow]) -> list[Outcome]:
        return book.upsert_accounts(
            system=context.system,
            rows=[_row(row.values) for row in valid_rows],
            viewer=context.viewer,
            today=context.today,
        )

    return validated(rows, _orphans(rows, context), upsert)


def attach(rows: Sequence[ImportRow], context: ImportContext) -> list[Outcome]:
    """Put accounts under their parents, now that all that could be taken in are there."""
    if not any("parent" in row.values for row in rows):
        return [Outcome() for _ in rows]
    children = [AccountRow(str(row.values["external_id"]), parent=row.values.get("parent")) for row in rows]
    return book.upsert_accounts(system=context.system, rows=children, viewer=context.viewer, today=context.today)


def _row(row: Values) -> AccountRow:
    facts = {name: row[name] for name in FACTS if name in row}
    if "priority" in facts:
        facts["priority"] = int(facts["priority"])
    guess = values.region_of(row.get("country", ""))
    return AccountRow(
        external_id=str(row["external_id"]),
        facts=AccountFacts(**facts),  # type: ignore[typeddict-item]
        if_new=AccountFacts(region=guess) if guess else AccountFacts(),
        csm=row.get("csm"),
    )


# Return the refusals of rows whose parent is neither known nor in the file.
def _orphans(rows: Sequence[ImportRow], context: ImportContext) -> dict[int, Problem]:
    named = {row.values["parent"] for row in rows if "parent" in row.values}
    known = external_ids.resolve(system=context.system, kind=ExternalId.Kind.ACCOUNT, names=named)
    spelled = {name: external_ids.normalized(context.system, name) for name in named}
    coming = context.in_file(spelled.values())
    message = "No account has the external ID {} (the parent)."
    return {
        index: Problem("unknown_parent", message.format(parent), ("parent",))
        for index, row in enumerate(rows)
        if (parent := row.values.get("parent")) and parent not in known and spelled[parent] not in coming
    }


ACCOUNTS = Importer(columns=columns, key=key, passes=(take, attach))
