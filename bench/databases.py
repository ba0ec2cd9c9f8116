"""Databases for measurements: empty, migrated, gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg2

from cs_platform.env import ROOT


@contextmanager
def fresh(name: str) -> Iterator[dict[str, str]]:
    """Make a migrated database `keel_bench_<name>` and yield the environment of a process that is to use it."""
    database = f"keel_bench_{name}"
    _execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)', f'CREATE DATABASE "{database}"')
    environ = {
        **os.environ,
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl(),
    }
    try:
        manage(environ, "migrate", "--noinput", "-v0")
        yield environ
    finally:
        _execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def manage(environ: Mapping[str, str], *arguments: str) -> None:
    """Run manage.py to its end; raises CalledProcessError."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environ, check=True)


def _execute(*statements: str) -> None:
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()
