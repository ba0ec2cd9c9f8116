"""Migration operations that hang the floor's triggers on a table."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.migrations.operations import RunSQL


def feed(table: str) -> RunSQL:
    """Stamp `changed_at` and `changed_xid` on every write (see models.Fed)."""
    return RunSQL(
        f"create trigger {table}_feed before insert or update on {table} for each row execute function keel_feed()",
        f"drop trigger {table}_feed on {table}",
    )


def audit(table: str, *, quiet: Sequence[str] = ()) -> RunSQL:
    """Keep before and after of every changed row in `audit.Change`; `quiet` columns are bookkeeping."""
    return _statement_triggers(table, "audit", "keel_audit", quiet, events=("insert", "update", "delete"))


def spans(table: str, *, into: str, key: str, columns: Sequence[str]) -> RunSQL:
    """Keep bitemporal spans of `columns` in the table `into`, whose foreign key column is `key`."""
    return _statement_triggers(table, "spans", "keel_span", (into, key, *columns), events=("insert", "update"))


def _statement_triggers(
    table: str, name: str, function: str, arguments: Sequence[str], *, events: Sequence[str]
) -> RunSQL:
    transition = {
        "insert": "new table as new_rows",
        "update": "old table as old_rows new table as new_rows",
        "delete": "old table as old_rows",
    }
    quoted = ", ".join(f"'{argument}'" for argument in arguments)
    return RunSQL(
        [
            f"create trigger {table}_{name}_{event} after {event} on {table} referencing {transition[event]}"
            f" for each statement execute function {function}({quoted})"
            for event in events
        ],
        [f"drop trigger {table}_{name}_{event} on {table}" for event in events],
    )


def partitioned(table: str, ddl: str) -> RunSQL:
    """Create a table partitioned by month; `ddl` is everything behind `create table <name>`."""
    return RunSQL(f"create table {table} {ddl}", f"drop table {table}")
