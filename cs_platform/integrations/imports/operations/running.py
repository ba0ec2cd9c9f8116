"""Run an import, or a preview of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction

from cs_platform.common import dead_letters
from cs_platform.common.acting import acting
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.kinds import IMPORTERS
from cs_platform.integrations.imports.kinds.base import ImportContext, Importer, ImportRow, Take
from cs_platform.integrations.imports.models import ImportRun, State
from cs_platform.integrations.imports.operations.attempts import GIVEN_UP, MOST_ATTEMPTS, Progress, at, give_up
from cs_platform.integrations.imports.operations.staging import Group, Problems, Refusal, Staging
from cs_platform.integrations.imports.rules.columns import Layout, lay_out
from cs_platform.integrations.imports.rules.files import UnreadableFile, records

# What the operations call a field where a file calls it otherwise.
FIELDS = {"until": "end_date"}


class _TriedOut(Exception):
    """Rolls back what a trial wrote."""


def run_import(*, run: ImportRun, now: dt.datetime, today: dt.date, path: Path | None = None) -> ImportRun:
    """
    Take a run's file in, row by row refused or done, and return the run with its counts.

    A trial does all the same and takes it back. Rows are committed a few thousand at a time; a row that cannot be
    saved is refused alone, with the database's reason. A run whose worker died goes on behind the rows it saved, and
    is given up after three attempts without progress. A file that cannot be read at all ends the run as failed, with
    the reason, before anything is written. A run that is over, or that somebody is at, is left as it is.
    """
    with at(run) as is_ours:
        run.refresh_from_db()
        if not is_ours or run.is_over:
            return run
        if run.attempts >= MOST_ATTEMPTS:
            return give_up(run, now=now)
        return _run(run, path or Path(settings.MEDIA_ROOT) / run.stored, now=now, today=today)


def _run(run: ImportRun, path: Path, *, now: dt.datetime, today: dt.date) -> ImportRun:
    run.state, run.started_at, run.attempts = State.RUNNING, run.started_at or now, run.attempts + 1
    run.save(update_fields=["state", "started_at", "attempts"])
    with Problems() as problems:
        try:
            reading = _Reading(run, problems, now=now, today=today)
            reading.read(path)
            run.state, run.error = State.DONE, ""
        except UnreadableFile as error:
            run.state, run.error = State.FAILED, str(error)
        except Exception as error:
            _note_failure(run, error, now=now)
            raise
        problems.save(run)
    run.rows_done, run.finished_at = run.rows_total, now
    run.save()
    dead_letters.close(kind=GIVEN_UP, keys=[run.pk])
    return run


def _note_failure(run: ImportRun, error: Exception, *, now: dt.datetime) -> None:
    """Leave an uploaded run to the next worker; a command has nobody to try it again."""
    said = f"Last error: {dead_letters.error_text(error)}"
    # The connection may be what failed: then the run is found still running, by nobody.
    with suppress(DatabaseError, InterfaceError):
        left = {} if run.stored else {"state": State.FAILED, "finished_at": now}
        ImportRun.objects.filter(pk=run.pk).update(error=said, **left)


class _Reading:
    """One attempt at a run."""

    def __init__(self, run: ImportRun, problems: Problems, *, now: dt.datetime, today: dt.date) -> None:
        self.run, self.problems, self.now, self.today = run, problems, now, today
        self.importer: Importer = IMPORTERS[run.kind]
        self.staging: Staging
        self.layout: Layout
        self.context: ImportContext

    def read(self, path: Path) -> None:
        run = self.run
        with path.open("rb") as file, Progress(run) as self.progress:
            rows = records(file)
            self.layout = lay_out(self.importer.columns(), next(rows).cells, run.mapping)
            run.ignored_columns = [name[:200] for name in self.layout.ignored]
            self.staging = Staging(run.pk, self.importer, self.layout, run.system)
            try:
                run.rows_total = self.staging.fill(rows, self.problems, begin=self.progress.begin)
                if not run.rows_total:
                    raise UnreadableFile("The file has a header but no rows.")
                run.save(update_fields=["rows_total", "ignored_columns"])
                self.context = ImportContext(
                    system=run.system,
                    viewer=run.by,
                    actor=run.by.email if run.by else "import",
                    now=self.now,
                    today=self.today,
                    is_dry_run=run.is_dry_run,
                    in_file=self.staging.in_file,
                )
                self._resume()
                self._take_in()
            finally:
                with suppress(DatabaseError, InterfaceError):
                    self.staging.drop()

    def _resume(self) -> None:
        run = self.run
        if run.is_dry_run:
            run.problems.all().delete()
            return
        self.staging.skip(after=run.resume_after)
        self.problems.save(run)

    def _take_in(self) -> None:
        run = self.run
        with suppress(_TriedOut), transaction.atomic() if run.is_dry_run else nullcontext():
            for take in self.importer.passes:
                is_first = take is self.importer.passes[0]
                done = run.rows_done if is_first and not run.is_dry_run else 0
                for position, groups in self.staging.chunks(is_first=is_first):
                    self.progress.begin(groups[0][0].line)
                    self._take_chunk(take, groups)
                    done += sum(map(len, groups))
                    if is_first:
                        self._save_chunk(done, position)
            self._count()
            if run.is_dry_run:
                raise _TriedOut

    def _take_chunk(self, take: Take, groups: list[Group]) -> None:
        def write(part: list[Group]) -> list[tuple[ImportRow, Outcome]]:
            rows = [row for group in part for row in group]
            with acting(actor=self.context.actor, source="import"):
                outcomes = take(rows, self.context)
                news = self.staging.mark(rows, outcomes)
                self.progress.count(created=news["c"], changed=news["u"])
            return list(zip(rows, outcomes, strict=True))

        for row, outcome in dead_letters.isolate(groups, write, failed=self._refuse):
            for problem in outcome.problems:
                field = FIELDS.get(name := next(iter(problem.fields), ""), name)
                value = str(row.values.get(field, ""))
                self._add([row.line], field, value, problem.code, problem.message)

    def _refuse(self, group: Group, error: Exception) -> None:
        lines = [row.line for row in group]
        self.staging.refuse(lines)
        self._add(lines, "", "", "not_saved", f"Couldn't save the row: {dead_letters.error_text(error)}")

    def _add(self, lines: Iterable[int], field: str, value: str, code: str, message: str) -> None:
        heading = self.layout.heading_of(field) if field else ""
        for line in lines:
            self.problems.add(Refusal(line, heading, value, code, message))

    def _save_chunk(self, done: int, position: int) -> None:
        if self.run.is_dry_run:
            self.progress.done(done)
            return
        with transaction.atomic():
            self.problems.save(self.run)
            self.progress.saved(done, position=position)

    def _count(self) -> None:
        run = self.run
        became = self.staging.settle(self.problems)
        if run.is_dry_run:
            run.created, run.changed = became["c"], became["u"]
        else:
            run.refresh_from_db(fields=["created", "changed", "attempts", "at_line", "resume_after"])
        run.refused = run.rows_total - sum(count for letter, count in became.items() if letter != "r")
        run.unchanged = run.rows_total - run.refused - run.created - run.changed
