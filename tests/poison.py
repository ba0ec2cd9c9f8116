"""A row that the database refuses, as a constraint of an installation or a value out of range makes it do."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from django.db import connection

_number = count(1)


def poison(table: str, condition: str, *, on: str = "insert or update") -> Callable[[], None]:
    """Make the database refuse rows of `table` for which `condition` (of `new`) holds; return what mends that."""
    name = f"poison_{next(_number)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"create function {name}() returns trigger language plpgsql as $$ begin if {condition} then"
            " raise numeric_value_out_of_range using message = 'value out of range', detail = 'hunter2'; end if;"
            f" return new; end $$; create trigger {name} before {on} on {table} for each row execute function {name}()"
        )

    def mend() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"drop trigger {name} on {table}; drop function {name}()")

    return mend
