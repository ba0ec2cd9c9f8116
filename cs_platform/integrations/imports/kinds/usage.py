"""A file of usage: each row one measure, or the counters of one feature, of one subscription on one day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from accounts.book.models import ExternalId
from accounts.book.operations import external_ids
from accounts.contracts.models import Subscription
from cs_platform.common.outcomes import Outcome, Problem
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Values, validated
from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.columns import CellError, Column
from metrics.usage import operations as usage
from metrics.usage import selectors
from metrics.usage.rules import Measured, ReadingKey

COUNTERS = {"count": "count", "duration_secs": "duration_secs", "errors": "errors"}
LONGEST_FEATURE = 40 - len(".duration_secs")


def columns() -> tuple[Column, ...]:
    text = values.text
    return (
        Column("external_id", ("usage id", "id", "reading id"), text(120)),
        Column("subscription", ("subscription id", "contract id"), text(120), is_required=True),
        Column("date", ("usage date", "day", "reading date"), values.date, is_required=True),
        Column("measure", ("metric", "measure name"), text(40)),
        Column("value", ("reading", "amount"), values.money),
        Column("feature", ("feature name",), text(LONGEST_FEATURE)),
        Column("count", ("usage count", "uses"), values.whole),
        Column("duration_secs", ("usage duration secs", "duration"), values.whole),
        Column("errors", ("error count",), values.whole),
    )


def check(row: Values) -> list[CellError]:
    if "feature" in row:
        missing = not any(name in row for name in COUNTERS)
        return [CellError("count", "", "required", "A feature needs a count, a duration or errors.")] if missing else []
    lacking = [name for name in ("measure", "value") if name not in row]
    return [
        CellError(name, "", "required", f"{name.capitalize()} is required when there is no feature.")
        for name in lacking
    ]


def group(row: Values, system: str) -> str:
    what = row.get("feature") or row.get("measure")
    return f"{what} of {external_ids.normalized(system, str(row['subscription']))} on {row['date']}"


def key(row: Values, system: str) -> str:
    # A level, such as billable users, is one per day whoever reports it; uses of a feature add up.
    return str(row["external_id"]) if "feature" in row and "external_id" in row else group(row, system)


def take(rows: Sequence[ImportRow], context: ImportContext) -> list[Outcome]:
    """Take readings in. Several rows about one feature and day, under different ids, are added up."""
    names = {str(row.values["subscription"]) for row in rows}
    numbers = external_ids.resolve(system=context.system, kind=ExternalId.Kind.SUBSCRIPTION, names=names)
    owners = dict(Subscription.objects.filter(pk__in=numbers.values()).values_list("pk", "account_id"))
    seen = set(
        external_ids.visible_accounts(context.viewer).filter(pk__in=owners.values()).values_list("pk", flat=True)
    )
    known = {name: number for name, number in numbers.items() if owners[number] in seen}
    return validated(rows, _strays(rows, known, context), lambda taken: _record(taken, known, context))


def _strays(rows: Sequence[ImportRow], known: dict[str, int], context: ImportContext) -> dict[int, Problem]:
    refusals = {}
    for index, row in enumerate(rows):
        name = str(row.values["subscription"])
        if name not in known:
            message = f"No subscription has the external ID {name}."
            refusals[index] = Problem("unknown_subscription", message, ("subscription",))
        elif row.values["date"] > context.today:
            refusals[index] = Problem("future", f"The date can't be in the future ({row.values['date']}).", ("date",))
    return refusals


def _record(rows: Sequence[ImportRow], known: dict[str, int], context: ImportContext) -> list[Outcome]:
    totals: dict[ReadingKey, Measured] = {}
    keys: list[list[ReadingKey]] = []
    for row in rows:
        keys.append([])
        for measured in _measured(row.values, known[str(row.values["subscription"])]):
            before = totals[measured.key].value if measured.key in totals else 0
            totals[measured.key] = replace(measured, value=measured.value + before)
            keys[-1].append(measured.key)
    readings = list(totals.values())
    # Trying out asks what would differ: writing would lock the table of readings while a month is added to it.
    if context.is_dry_run:
        news = selectors.news_of(readings)
    else:
        news = usage.record_readings(readings=readings, source="import")
    return [_outcome(own, news.new, news.different) for own in keys]


def _measured(row: Values, subscription_id: int) -> Iterator[Measured]:
    if "feature" not in row:
        yield Measured(subscription_id, row["measure"], row["date"], Decimal(row["value"]))
        return
    for name, suffix in COUNTERS.items():
        if name in row:
            yield Measured(subscription_id, f"{row['feature']}.{suffix}", row["date"], Decimal(row[name]))


def _outcome(own: Sequence[ReadingKey], new: frozenset[ReadingKey], different: frozenset[ReadingKey]) -> Outcome:
    is_created = all(reading in new for reading in own)
    is_changed = any(reading in new or reading in different for reading in own)
    return Outcome(is_created=is_created, is_changed=is_changed and not is_created)


USAGE = Importer(columns=columns, key=key, passes=(take,), group=group, check=check)
