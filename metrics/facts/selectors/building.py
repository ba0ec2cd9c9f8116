"""Rows of ArrMonth and their sums, made from contract lines as we believe them now or believed them at an instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction

from accounts.team.selectors import organisation, reporting_currency
from metrics.facts.selectors import steps, sums


@dataclass(frozen=True, slots=True)
class Wanted:
    """Months from the one that ends on `first` to the one that ends on `last`, of these accounts (None: of all)."""

    first: dt.date
    last: dt.date
    accounts: Sequence[int] | None = None
    known: dt.datetime | None = None

    def parameters(self) -> dict[str, Any]:
        found = organisation()
        return {
            **asdict(self),
            "accounts": None if self.accounts is None else list(self.accounts),
            "earliest": self.first.replace(day=1) - dt.timedelta(days=370),
            "grace": found.renewal_grace_days if found else 30,
            "home": reporting_currency(),
            "zone": found.zone if found else "UTC",
        }


@dataclass(frozen=True, slots=True)
class Behind:
    """So many accounts (None: all) have changed since `since`, and their figures are still being brought up to date."""

    accounts: int | None
    since: dt.datetime | None  # None where nothing has been added up yet


@dataclass(frozen=True, slots=True)
class Source:
    """The tables that figures are read from: those that are kept, or those made for one reader."""

    rows: str = "metrics_arrmonth"
    retention: str = "metrics_retentionsum"
    bridge: str = "metrics_bridgesum"
    reasons: str = "metrics_reasonsum"
    behind: Behind | None = None


KEPT = Source()
KNOWN = Source("keel_known_rows", "keel_known_retention", "keel_known_bridge", "keel_known_reasons")


def fill(wanted: Wanted, *, into: str) -> None:
    """Add the rows of ArrMonth that are wanted to a table; runs in the caller's transaction."""
    parameters = wanted.parameters()
    with connection.cursor() as cursor:
        for name, statement in steps.STEPS:
            cursor.execute(f"drop table if exists pg_temp.keel_{name}")
            cursor.execute(f"create temporary table keel_{name} on commit drop as {statement}", parameters)
            cursor.execute(f"analyze keel_{name}")
        for statement in steps.INSERTS:
            cursor.execute(statement.format(into=into))


def add_up(
    source: Source,
    *,
    sign: int = 1,
    first: dt.date | None = None,
    last: dt.date | None = None,
    accounts: Sequence[int] | None = None,
    merges: bool = True,
) -> None:
    """Add the rows of these months and accounts to the sums, or (sign -1) take them out."""
    scope = ["true"]
    scope += ["month >= %(first)s"] if first else []
    scope += ["month <= %(last)s"] if last else []
    scope += ["account_id = any(%(accounts)s::bigint[])"] if accounts is not None else []
    values = {"first": first, "last": last, "accounts": None if accounts is None else list(accounts)}
    with connection.cursor() as cursor:
        for statement, into, merge in (
            (sums.RETENTION, source.retention, sums.RETENTION_MERGE),
            (sums.BRIDGE, source.bridge, sums.BRIDGE_MERGE),
            (sums.REASONS, source.reasons, sums.REASONS_MERGE),
        ):
            cursor.execute(
                statement.format(
                    into=into, rows=source.rows, sign=sign, scope=" and ".join(scope), merge=merge if merges else ""
                ),
                values,
            )


@contextmanager
def known_source(*, first: dt.date, last: dt.date, known: dt.datetime | None) -> Iterator[Source]:
    """
    Yield tables with the figures of these months as known at an instant (None: now), gone afterwards.

    Reads all lines: seconds for a hundred thousand accounts.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            for temporary, kept in zip(
                (KNOWN.rows, KNOWN.retention, KNOWN.bridge, KNOWN.reasons),
                (KEPT.rows, KEPT.retention, KEPT.bridge, KEPT.reasons),
                strict=True,
            ):
                cursor.execute(f"drop table if exists pg_temp.{temporary}")
                like = f"like {kept} including defaults including generated including identity"
                cursor.execute(f"create temporary table {temporary} ({like}) on commit drop")
        fill(Wanted(first, last, known=known), into=KNOWN.rows)
        add_up(KNOWN, merges=False)
        yield KNOWN
