"""Rows of the demo written per second, lived through day by day, against copying the finished rows in at once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)

from bench import databases
from bench.result import Result

TABLES = """
select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
and not relispartition and relname not in ('django_migrations', 'django_content_type', 'auth_permission') order by 1
"""


def run() -> list[Result]:
    """
    Load the whole demo, then copy its rows into a second database.

    The reference is bare COPY without triggers and foreign keys: what the disk and the parser allow, not a goal.
    """
    with databases.fresh("demo_load") as environ, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        databases.manage({**environ, "KEEL_DEMO": "1", "KEEL_DEMO_PASSWORD": "bench-of-the-demo"}, "load_demo")
        took = time.monotonic() - began
        rows = _copy_out(environ, Path(folder))
        with databases.fresh("demo_copy") as empty:
            copied = _copy_in(environ, empty, Path(folder))
    return [Result(name="demo_load", value=rows / took, unit="rows/s", reference=rows / copied, bar=0.02)]


# Write every table to a file and return the number of rows.
def _copy_out(environ: Mapping[str, str], folder: Path) -> int:
    rows = 0
    with psycopg2.connect(environ["DATABASE_URL"]) as source, source.cursor() as cursor:
        for table in _tables(source):
            with (folder / table).open("wb") as file:
                cursor.copy_expert(f'copy (select * from "{table}") to stdout', file)
            rows += cursor.rowcount
    return rows


# Copy the files into an empty database and return the seconds it took.
def _copy_in(environ: Mapping[str, str], empty: Mapping[str, str], folder: Path) -> float:
    with psycopg2.connect(environ["DATABASE_URL"]) as source, source.cursor() as cursor:
        tables = _tables(source)
        cursor.execute(
            "select distinct parent.relname, to_char(min(to_date(right(child.relname, 7), 'YYYY_MM')), 'YYYY-MM-DD'),"
            " to_char(max(to_date(right(child.relname, 7), 'YYYY_MM')), 'YYYY-MM-DD') from pg_inherits"
            " join pg_class parent on parent.oid = inhparent join pg_class child on child.oid = inhrelid"
            " where parent.relkind = 'p' and child.relname ~ '_[0-9]{4}_[0-9]{2}$' group by 1"
        )
        partitioned = cursor.fetchall()
    with psycopg2.connect(empty["DATABASE_URL"]) as target, target.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        for table, first, last in partitioned:
            cursor.execute(
                "select keel_ensure_partition(%s::regclass, month::date)"
                " from generate_series(%s::date, %s::date, interval '1 month') month",
                [table, first, last],
            )
        cursor.execute("truncate " + ", ".join(f'"{table}"' for table in tables))
        target.commit()
        began = time.monotonic()
        for table in tables:
            with (folder / table).open("rb") as file:
                cursor.copy_expert(f'copy "{table}" from stdin', file)
        target.commit()
        return time.monotonic() - began


def _tables(source: Connection) -> list[str]:
    with source.cursor() as cursor:
        cursor.execute(TABLES)
        return [table for (table,) in cursor.fetchall()]
