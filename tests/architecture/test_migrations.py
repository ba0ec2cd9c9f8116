"""Migrations are complete, named by a person, reversible, and never mix schema with data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management import call_command
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

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
def test_an_index_of_a_table_that_may_be_large_is_built_without_locking_out_writers(name: str) -> None:
    assert locking_out_writers(MIGRATIONS[name].operations) == []


def test_the_guard_sees_an_index_that_locks() -> None:
    index = models.Index(fields=["id"], name="an_index")
    locking = [
        migrations.AddIndex("delivery", index),
        migrations.RunSQL("create unique index an_index on contacts_delivery (id)"),
        migrations.AddConstraint("delivery", models.UniqueConstraint(fields=["due_at"], name="a_constraint")),
    ]
    building = [
        migrations.CreateModel("Letter", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddIndex("letter", index),
        AddIndexConcurrently("delivery", index),
        migrations.RunSQL("create table letters (id bigint); create index an_index on letters (id)"),
        migrations.RunSQL("create index concurrently an_index on contacts_delivery (id)"),
    ]

    assert len(locking_out_writers(locking)) == 3
    assert locking_out_writers(building) == []


def locking_out_writers(operations: Sequence[Operation]) -> list[str]:
    """
    Return the operations that build or drop an index of a table that was there before.

    A month of partitions is small when it is made; no index of a partitioned table can be built concurrently.
    """
    made = {each.name.lower() for each in operations if isinstance(each, migrations.CreateModel)}
    said = "\n".join(str(each.sql) for each in operations if isinstance(each, migrations.RunSQL)).lower()
    tables = set(re.findall(r"create table (?:if not exists )?(\w+)", said))
    found = []
    for each in operations:
        name = getattr(each, "model_name", "")
        if type(each) in (migrations.AddIndex, migrations.RemoveIndex) and name not in made:
            found.append(each.describe())
        elif isinstance(each, migrations.AddConstraint) and name not in made:
            found += [each.describe()] * isinstance(each.constraint, models.UniqueConstraint | ExclusionConstraint)
        elif isinstance(each, migrations.RunSQL):
            built = re.findall(r"create (?:unique )?index (?!concurrently)\w+\s+on (\w+)", str(each.sql).lower())
            found += [f"index of {table}" for table in built if table not in tables]
    return found


@pytest.mark.parametrize("name", sorted(MIGRATIONS))
def test_data_is_apart_from_schema(name: str) -> None:
    kinds = {isinstance(operation, migrations.RunPython) for operation in MIGRATIONS[name].operations}

    assert len(kinds) <= 1
