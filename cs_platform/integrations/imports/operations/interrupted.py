"""Runs whose worker died: who is at a run, and which runs nobody is at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Q

from cs_platform.integrations.imports.models import ImportRun, State

LOCK_SPACE = 0x4B494D50  # "KIMP": the first key of the locks of runs
# A run that waits so long was forgotten by the queue, or waits behind others, which asking again does not hurt.
LONG_WAIT = dt.timedelta(minutes=10)
INTERRUPTED = "It was interrupted. Run the same command again, which finishes what is left."


@contextmanager
def at(run: ImportRun) -> Iterator[bool]:
    """
    Be the only one who is at a run; give whether that is so.

    The lock belongs to the connection, so it ends with the worker, however that ends.
    """
    is_ours = _asked("select pg_try_advisory_lock(%s, %s)", run)
    try:
        yield is_ours
    finally:
        if is_ours:
            _asked("select pg_advisory_unlock(%s, %s)", run)


def left_behind(*, now: dt.datetime) -> list[int]:
    """
    Return the runs that should be handed to a worker again: nobody is at them.

    A run from the command line ends as failed: its file is not ours to open again.
    """
    waiting = Q(state=State.QUEUED, requested_at__lt=now - LONG_WAIT) & ~Q(stored="")
    again = []
    for run in ImportRun.objects.filter(waiting | Q(state=State.RUNNING)).order_by("pk"):
        with at(run) as is_left:
            if is_left and run.stored:
                again.append(run.pk)
            elif is_left:
                unfinished = ImportRun.objects.filter(pk=run.pk, state=State.RUNNING)
                unfinished.update(state=State.FAILED, error=INTERRUPTED, finished_at=now)
    return again


def _asked(question: str, run: ImportRun) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [LOCK_SPACE, run.pk])
        row = cursor.fetchone()
    return bool(row and row[0])
