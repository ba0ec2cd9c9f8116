"""Take a file in, or try it out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from types import TracebackType

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from cs_platform.common.acting import act
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.kinds import IMPORTERS
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Take
from cs_platform.integrations.imports.models import ImportRun, State
from cs_platform.integrations.imports.operations.staging import Problems, Refusal, Staging
from cs_platform.integrations.imports.rules.columns import Layout, lay_out
from cs_platform.integrations.imports.rules.files import UnreadableFile, records

COUNTS = {"c": "created", "u": "changed", "n": "unchanged"}
LOCK_SPACE = 0x4B494D50  # "KIMP": the first key of the locks of runs
# A run that waits so long was forgotten by the queue, or waits behind others, which asking again does not hurt.
LONG_WAIT = dt.timedelta(minutes=10)
INTERRUPTED = "It was interrupted. Run the same command again, which finishes what is left."
# What the operations call a field where a file calls it otherwise.
FIELDS = {"until": "end_date"}


class _TriedOut(Exception):
    """Rolls back what a trial wrote."""


def run_import(*, run: ImportRun, now: dt.datetime, today: dt.date, path: Path | None = None) -> ImportRun:
    """
    Take a run's file in, row by row refused or done, and return the run with its counts.

    A trial does all the same and takes it back. Rows are committed a few thousand at a time; running a file again
    finishes what a killed run left, and changes nothing where it was finished. A file that cannot be read at all ends
    the run as failed, with the reason, before anything is written. A run that is over, or that somebody is at, is
    left as it is.
    """
    with at(run) as is_ours:
        run.refresh_from_db()
        return _run(run, path=path, now=now, today=today) if is_ours and not run.is_over else run


def _run(run: ImportRun, *, now: dt.datetime, today: dt.date, path: Path | None) -> ImportRun:
    run.state, run.started_at = State.RUNNING, now
    run.save(update_fields=["state", "started_at"])
    run.problems.all().delete()
    importer = IMPORTERS[run.kind]
    with Problems() as problems:
        try:
            _read(run, importer, path or Path(settings.MEDIA_ROOT) / run.stored, problems, now=now, today=today)
            run.state = State.DONE
        except UnreadableFile as error:
            run.state, run.error = State.FAILED, str(error)
        except Exception as error:
            ImportRun.objects.filter(pk=run.pk).update(state=State.FAILED, error=f"The import broke off: {error}")
            raise
        problems.save(run)
    run.rows_done, run.finished_at = run.rows_total, now
    run.save()
    return run


def _read(
    run: ImportRun, importer: Importer, path: Path, problems: Problems, *, now: dt.datetime, today: dt.date
) -> None:
    with path.open("rb") as file:
        rows = records(file)
        layout = lay_out(importer.columns(), next(rows).cells, run.mapping)
        run.ignored_columns = [name[:200] for name in layout.ignored]
        staging = Staging(run.pk, importer, layout, run.system)
        try:
            run.rows_total = staging.fill(rows, problems)
            if not run.rows_total:
                raise UnreadableFile("The file has a heading and no rows.")
            run.save(update_fields=["rows_total", "ignored_columns"])
            context = ImportContext(
                system=run.system,
                viewer=run.by,
                actor=run.by.email if run.by else "import",
                now=now,
                today=today,
                is_dry_run=run.is_dry_run,
                in_file=staging.in_file,
            )
            _take_in(run, importer, layout, staging, context, problems)
        finally:
            staging.drop()


def _take_in(
    run: ImportRun, importer: Importer, layout: Layout, staging: Staging, context: ImportContext, problems: Problems
) -> None:
    with suppress(_TriedOut), transaction.atomic() if run.is_dry_run else nullcontext():
        with Progress(run) as progress:
            for take in importer.passes:
                is_first = take is importer.passes[0]
                done = 0
                for rows in staging.chunks(is_first=is_first):
                    _take_chunk(take, rows, context, layout, staging, problems)
                    done += len(rows)
                    if is_first:
                        progress.note(done)
        _count(run, staging, problems)
        if run.is_dry_run:
            raise _TriedOut


def _take_chunk(
    take: Take, rows: list[ImportRow], context: ImportContext, layout: Layout, staging: Staging, problems: Problems
) -> None:
    def write() -> list[Outcome]:
        outcomes = take(rows, context)
        staging.mark(rows, outcomes)
        return outcomes

    outcomes = act(write, actor=context.actor, now=context.now, source="import")
    for row, outcome in zip(rows, outcomes, strict=True):
        for problem in outcome.problems:
            field = FIELDS.get(name := next(iter(problem.fields), ""), name)
            value = str(row.values.get(field, ""))
            problems.add(Refusal(row.line, layout.heading_of(field), value, problem.code, problem.message))


def _count(run: ImportRun, staging: Staging, problems: Problems) -> None:
    became = staging.settle(problems)
    for letter, name in COUNTS.items():
        setattr(run, name, became.get(letter, 0))
    run.refused = run.rows_total - run.created - run.changed - run.unchanged


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


class Progress:
    """
    Counts the rows that are done.

    It is written over a connection of its own: a trial is one long transaction that is rolled back, and nobody else
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

    def note(self, rows_done: int) -> None:
        if self._apart is None:
            self._apart = connection.copy()
        with self._apart.cursor() as cursor:
            cursor.execute("update integrations_importrun set rows_done = %s where id = %s", [rows_done, self.run.pk])
