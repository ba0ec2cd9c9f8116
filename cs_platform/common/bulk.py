"""Write many rows with one statement."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Field, Model


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """
    Save `fields` of all these rows, which are of one model, in one statement.

    The rows travel as one JSON parameter that PostgreSQL reads back by the table's own column types, so the statement
    is the same for two rows and two thousand. Values must be plain: text, numbers, dates, lists, None.
    """
    if not rows or not fields:
        return
    meta = type(rows[0])._meta
    columns = [
        (str(field.column), str(field.attname)) for field in map(meta.get_field, fields) if isinstance(field, Field)
    ]
    payload = [_as_json(row, columns) for row in rows]
    table = connection.ops.quote_name(meta.db_table)
    assignments = ", ".join(f"{_quoted(column)} = new.{_quoted(column)}" for column, _ in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} set {assignments}"  # noqa: S608 (names come from the model)
            f" from jsonb_populate_recordset(null::{table}, %s::jsonb) new where {table}.id = new.id",
            [json.dumps(payload, cls=DjangoJSONEncoder)],
        )


@contextmanager
def cursor() -> Iterator[Any]:
    """Give the driver's own cursor, for execute_values and copy_expert, inside the current transaction."""
    with connection.cursor() as wrapped:
        yield wrapped.cursor


def _quoted(column: str) -> str:
    return connection.ops.quote_name(column)


def _as_json(row: Model, columns: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"id": row.pk, **{column: getattr(row, attname) for column, attname in columns}}
