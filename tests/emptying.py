"""After a test that commits, the database is emptied of everything but what migrations put there."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import TransactionTestCase

# Filled by data migrations; no test may do without them.
KEPT = {"django_migrations", "django_content_type", "auth_permission", "accounts_bundle", "contacts_gitlabrole"}

# Django's own flush knows neither partitioned tables nor what belongs to every installation.
TABLES = """
select string_agg(quote_ident(relname), ', ') from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> all(%s)
"""


def empty(*_: Any) -> None:
    for tries in reversed(range(5)):
        try:
            with connection.cursor() as cursor:
                cursor.execute(TABLES, [list(KEPT)])
                (tables,) = cursor.fetchone()
                cursor.execute(f"truncate {tables} restart identity cascade")
            return
        except OperationalError:
            # A page that a browser still had open was being made meanwhile: one of the two deadlocked.
            if not tries:
                raise


@pytest.fixture(autouse=True, scope="session")
def committed_tests_leave_nothing() -> None:
    setattr(TransactionTestCase, "_fixture_teardown", empty)  # noqa: B010 (the stubs do not know it)
