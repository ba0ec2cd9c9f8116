"""A file of contacts: people at accounts."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.book.operations import external_ids
from contacts.consent.operations import upsert_with_opt_outs
from contacts.people.models import Access, Source
from contacts.people.operations import ContactRow, UpsertContext
from contacts.people.operations.contacts import PersonFacts
from contacts.people.selectors import picklist
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Values
from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.columns import Column

# As HubSpot, Salesforce and Marketo call it in their exports.
OPTED_OUT = (
    "opted out",
    "email opt out",
    "opt out",
    "has opted out of email",
    "opted out of email",
    "unsubscribed",
    "unsubscribed from all email",
    "do not email",
)
FACTS = tuple(PersonFacts.__annotations__)


def columns() -> tuple[Column, ...]:
    text, roles = values.text, values.several_of(picklist().values_list("key", "label"))
    return (
        Column(
            "external_id",
            ("contact id", "id", "person id", "salesforce id", "sfdc id", "sfdc contact id"),
            text(120),
            is_required=True,
        ),
        Column("account", ("account id", "account number", "company id", "customer id"), text(120), is_required=True),
        Column("email", ("email address", "e-mail", "mail"), values.address),
        Column("first_name", ("first", "given name"), text(80)),
        Column("last_name", ("last", "family name", "surname", "name"), text(80)),
        Column("title", ("job title", "position"), text(120)),
        Column("locale", ("language",), text(16)),
        Column("zone", ("time zone", "timezone"), values.zone),
        Column("roles", ("gitlab role", "gitlab roles", "role", "contact role"), roles),
        Column("access", ("access level", "saas access"), values.one_of(Access.choices)),
        Column("is_active", ("active",), values.flag),
        Column("is_opted_out", OPTED_OUT, values.flag),
        Column("ordered_date", ("sold to since", "order date", "sold to date"), values.date),
    )


def key(row: Values, system: str) -> str:
    return external_ids.normalized(system, str(row["external_id"]))


def take(rows: Sequence[ImportRow], context: ImportContext) -> list[Outcome]:
    source = Source.SALESFORCE if context.system == "salesforce" else Source.IMPORT
    by = UpsertContext(viewer=context.viewer, actor=context.actor, source=source, now=context.now)
    return upsert_with_opt_outs(system=context.system, rows=[_row(row.values) for row in rows], by=by)


def _row(row: Values) -> ContactRow:
    return ContactRow(
        external_id=str(row["external_id"]),
        account=str(row["account"]),
        person=PersonFacts(**{name: row[name] for name in FACTS if name in row}),  # type: ignore[typeddict-item]
        roles=row.get("roles"),
        access=row.get("access"),
        is_active=row.get("is_active"),
        ordered_date=row.get("ordered_date"),
        is_opted_out=bool(row.get("is_opted_out")),
    )


CONTACTS = Importer(columns=columns, key=key, passes=(take,))
