"""Take a file in, or try it out."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext, suppress
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cs_platform.common.acting import act
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.models import ImportRun, State
from cs_platform.integrations.imports.operations.interrupted import at
from cs_platform.integrations.imports.operations.kinds import IMPORTERS, Arrived, Context, Importer, Take
from cs_platform.integrations.imports.operations.problems import Found, Problems
from cs_platform.integrations.imports.operations.progress import Progress
from cs_platform.integrations.imports.operations.staging import Staging
from cs_platform.integrations.imports.rules import Layout, UnreadableFile, lay_out, records

COUNTS = {"c": "created", "u": "changed", "n": "unchanged"}
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
            context = Context(
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
    run: ImportRun, importer: Importer, layout: Layout, staging: Staging, context: Context, problems: Problems
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
    take: Take, rows: list[Arrived], context: Context, layout: Layout, staging: Staging, problems: Problems
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
            problems.add(Found(row.line, layout.heading_of(field), value, problem.code, problem.message))


def _count(run: ImportRun, staging: Staging, problems: Problems) -> None:
    became = staging.settle(problems)
    for letter, name in COUNTS.items():
        setattr(run, name, became.get(letter, 0))
    run.refused = run.rows_total - run.created - run.changed - run.unchanged
