"""
When X, then Y, across rooms and after the fact: rows of `common.Outbox`, drained in sets.

A row says its `kind` and, in `payload`, sets of ids. It is written in the deciding transaction, by an operation or by
a statement trigger, so that nothing is noted that did not happen and nothing happens that is not noted. One reaction a
kind is registered at the roof (cs_platform/reactions.py); it must be safe to repeat. A row that makes its reaction
fail is set aside as a dead letter ("outbox") and the rest goes on.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from celery import current_app
from django.db import DatabaseError, connection, transaction
from kombu.exceptions import OperationalError

from cs_platform.common.dead_letters import not_set_aside, work_in_halves
from cs_platform.common.models import Outbox

logger = logging.getLogger(__name__)

Payload = Mapping[str, Any]
Reaction = Callable[[Sequence[Payload]], object]

DEAD_LETTERS = "outbox"
# What a transaction takes: many small rows, or few large ones (triggers put at most a thousand ids into one).
TURN = 500
MOST_IDS = 5000

# In the order they came; what another worker is busy with is left to it.
DUE = f"""
select o.id from common_outbox o where o.done_at is null and o.kind = any(%s) and {not_set_aside(DEAD_LETTERS, "o.id")}
order by o.id limit %s for update of o skip locked
"""  # noqa: S608 (a condition of ours)

_reactions: dict[str, Reaction] = {}


def register(kind: str, reaction: Reaction) -> None:
    """Let `reaction` work off rows of this kind; it gets several payloads at once and must be safe to repeat."""
    _reactions[kind] = reaction


def drain() -> int:
    """Work off everything there is, in short transactions; return how many rows that was. Safe in many workers."""
    total = 0
    while taken := drain_turn():
        total += taken
    return total


@transaction.atomic
def drain_turn(kinds: Collection[str] | None = None, *, limit: int = TURN) -> int:
    """Work off up to `limit` rows of these kinds (or all that have a reaction); return how many went through."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, [list(kinds if kinds is not None else _reactions), limit])
        numbers = [number for (number,) in cursor.fetchall()]
    rows: dict[str, list[Outbox]] = defaultdict(list)
    ids = 0
    for row in Outbox.objects.filter(pk__in=numbers).order_by("pk"):
        if ids < MOST_IDS:
            rows[row.kind].append(row)
        ids += sum(len(value) for value in row.payload.values() if isinstance(value, list))
    return sum(len(work_in_halves(of_kind, _react, kind=DEAD_LETTERS, key=_number)) for of_kind in rows.values())


def catch_up(kind: str) -> None:
    """
    Work off a little of what waits of a kind, for a reader whose page would show what has just changed.

    A reader is not the one to fail: what cannot be done now is left to the drain.
    """
    try:
        drain_turn([kind])
    except DatabaseError:
        logger.exception("Could not catch up with %s before reading.", kind)


def wake_on_commit() -> None:
    """Let a worker drain the outbox as soon as this transaction is committed; the timetable does it anyway."""
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    try:
        current_app.send_task("cs_platform.tasks.drain_outbox", retry=False, expires=5)
    except (OperationalError, OSError):
        logger.info("The broker is away; the outbox is drained by the timetable.")


def forget_done() -> int:
    """Delete the rows that were worked off a day ago or earlier; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("delete from common_outbox where done_at < clock_timestamp() - interval '1 day'")
        return int(cursor.rowcount)


def _react(rows: list[Outbox]) -> list[int]:
    numbers = [row.pk for row in rows]
    _reactions[rows[0].kind]([row.payload for row in rows])
    with connection.cursor() as cursor:
        cursor.execute("update common_outbox set done_at = clock_timestamp() where id = any(%s)", [numbers])
    return numbers


def _number(row: Outbox) -> int:
    return row.pk
