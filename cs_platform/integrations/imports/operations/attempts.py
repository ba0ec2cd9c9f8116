"""A run outlives its workers: who is at it, how far it is, which runs nobody is at, and when a run is given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

from cs_platform.common import dead_letters
from cs_platform.integrations.imports.models import ImportRun, State

LOCK_SPACE = 0x4B494D50  # "KIMP": the first key of the locks of runs
# A run that waits so long was forgotten by the queue, or waits behind others, which asking again does not hurt.
LONG_WAIT = dt.timedelta(minutes=10)
INTERRUPTED = "The command was interrupted. Run it again to import the remaining rows."
FILE_GONE = "The file is no longer stored. Upload it again, then discard this."
MOST_ATTEMPTS = 3
GIVEN_UP = "imports.run"


class GivenUp(Exception):
    """A run whose workers died, or failed, again and again."""


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


def give_up(run: ImportRun, *, now: dt.datetime) -> ImportRun:
    """End a run as failed. The rows it saved stay; administrators see it on the Attention page."""
    run.state, run.finished_at = State.FAILED, now
    run.error = f"Stopped after {MOST_ATTEMPTS} attempts. {_how_far(run)} {run.error}".strip()
    with transaction.atomic():
        run.save(update_fields=["state", "finished_at", "error"])
        dead_letters.note(kind=GIVEN_UP, key=run.pk, error=GivenUp(run.error), attempts=MOST_ATTEMPTS)
    return run


@transaction.atomic
def start_over(*, run_ids: Sequence[int], now: dt.datetime) -> list[int]:
    """
    Queue runs that were given up once more, going on behind the rows they saved; return those queued.

    What has no file any more stays set aside and says so.
    """
    runs = ImportRun.objects.filter(pk__in=run_ids, state=State.FAILED).exclude(stored="").order_by("pk")
    queued = list(runs.select_for_update().values_list("pk", flat=True))
    ImportRun.objects.filter(pk__in=queued).update(
        state=State.QUEUED, attempts=0, error="", finished_at=None, requested_at=now
    )
    for run_id in set(run_ids) - set(queued):
        dead_letters.note(kind=GIVEN_UP, key=run_id, error=GivenUp(FILE_GONE), attempts=MOST_ATTEMPTS)
    return queued


def _how_far(run: ImportRun) -> str:
    if not run.rows_total:
        return f"Each stopped while reading the file, after line {run.at_line}."
    processed = f"{run.rows_done:,} of {run.rows_total:,} rows were processed and are kept."
    saved = "Nothing was saved." if run.is_dry_run else processed
    return f"Each stopped in the rows starting at line {run.at_line}. {saved}"


class Progress:
    """
    Says how far a run is.

    In a trial, over a connection of its own: a trial is one long transaction that is rolled back, and nobody else
    would see from inside it how far it is.
    """

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._apart: BaseDatabaseWrapper | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._apart is not None:
            self._apart.close()

    def begin(self, line: int) -> None:
        """Note the line at which the rows under way begin, before they are touched."""
        self._write("at_line = %s", line)

    def done(self, rows: int) -> None:
        self._write("rows_done = %s", rows)

    def saved(self, rows: int, *, position: int) -> None:
        """Note that the rows up to `position` are saved: an interrupted run goes on from there."""
        self._write("rows_done = %s, resume_after = %s, attempts = 1", rows, position)

    def count(self, *, created: int, changed: int) -> None:
        """Count rows in the transaction that saves them; a trial counts at its end."""
        if not self.run.is_dry_run and (created or changed):
            ImportRun.objects.filter(pk=self.run.pk).update(
                created=F("created") + created, changed=F("changed") + changed
            )

    def _write(self, what: str, *values: Any) -> None:
        if self.run.is_dry_run and self._apart is None:
            self._apart = connection.copy()
        with (self._apart or connection).cursor() as cursor:
            cursor.execute(f"update integrations_importrun set {what} where id = %s", [*values, self.run.pk])  # noqa: S608


def _asked(question: str, run: ImportRun) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [LOCK_SPACE, run.pk])
        row = cursor.fetchone()
    return bool(row and row[0])
