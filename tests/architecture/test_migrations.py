"""Migrations are complete, named by a person, reversible, and never mix schema with data."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

from tests.architecture import tree

OURS = {*tree.APPS, "common", "cs_platform"}
LOADER = MigrationLoader(None, ignore_no_migrations=True)
MIGRATIONS = {f"{app}.{name}": found for (app, name), found in LOADER.disk_migrations.items() if app in OURS}


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = StringIO()

    call_command("makemigrations", check=True, dry_run=True, stdout=said)

    assert "No changes detected" in said.getvalue()


@pytest.mark.parametrize("name", sorted(MIGRATIONS))
def test_a_person_named_it(name: str) -> None:
    migration = MIGRATIONS[name]

    assert migration.name.split("_", 1)[1] != migration.suggest_name()
    assert not migration.name.endswith("_and_more")


@pytest.mark.parametrize("name", sorted(MIGRATIONS))
def test_it_can_be_undone(name: str) -> None:
    assert [operation.describe() for operation in MIGRATIONS[name].operations if not operation.reversible] == []


@pytest.mark.parametrize("name", sorted(MIGRATIONS))
def test_data_is_apart_from_schema(name: str) -> None:
    kinds = {isinstance(operation, migrations.RunPython) for operation in MIGRATIONS[name].operations}

    assert len(kinds) <= 1
