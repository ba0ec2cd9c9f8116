"""Write many rows with one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """
    Save `fields` of all these rows, which are of one model, in one statement.

    The rows travel as one JSON parameter that PostgreSQL reads back by the table's own column types, so the statement
    is the same for two rows and two thousand. Values must be plain: text, numbers, dates, lists, None.
    """
    if not rows or not fields:
        return
    meta = type(rows[0])._meta
    columns = [(field.column, field.attname) for field in (meta.get_field(name) for name in fields)]  # type: ignore[union-attr]
    payload = [_as_json(row, columns) for row in rows]
    table = connection.ops.quote_name(meta.db_table)
    assignments = ", ".join(f"{_quoted(column)} = new.{_quoted(column)}" for column, _ in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"update {table} set {assignments}"  # noqa: S608 (names come from the model)
            f" from jsonb_populate_recordset(null::{table}, %s::jsonb) new where {table}.id = new.id",
            [json.dumps(payload, cls=DjangoJSONEncoder)],
        )


def _quoted(column: str) -> str:
    return connection.ops.quote_name(column)


def _as_json(row: Model, columns: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"id": row.pk, **{column: getattr(row, attname) for column, attname in columns}}
