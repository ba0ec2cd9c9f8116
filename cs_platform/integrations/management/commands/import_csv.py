"""Import a CSV file from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cs_platform.common import clock
from cs_platform.integrations.imports import selectors
from cs_platform.integrations.imports.models import ImportRun, Kind, State
from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import start_run

SHOWN = 20


class Command(BaseCommand):
    help = "Import a CSV file of accounts, contacts, subscriptions, churn_events or usage. See docs/import.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=[kind.value for kind in Kind])
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", type=Path, help="a JSON file that maps fields to column headings (null: don't import)"
        )
        parser.add_argument("--dry-run", action="store_true", help="preview the import without saving anything")
        parser.add_argument(
            "--system", default="import", help="the system that the external IDs come from, such as salesforce"
        )
        parser.add_argument("--errors", type=Path, help="write refused rows and their reasons to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"File not found: {file}")
        errors: Path | None = options["errors"]
        if errors and not errors.parent.is_dir():
            raise CommandError(f"Folder not found: {errors.parent}")
        mapping = _mapping(options["mapping"])
        now = clock.now()
        run = start_run(
            kind=Kind(options["kind"]),
            file_name=file.name,
            mapping=mapping,
            system=options["system"],
            is_dry_run=options["dry_run"],
            now=now,
        )
        run_import(run=run, path=file, now=now, today=clock.today())
        if run.state == State.FAILED:
            raise CommandError(run.error)
        self._report(run, errors)
        if run.refused == run.rows_total:
            raise CommandError("No rows could be imported.")

    def _report(self, run: ImportRun, errors: Path | None) -> None:
        verb = "would be " if run.is_dry_run else ""
        self.stdout.write(
            f"{run.rows_total:,} rows: {run.created:,} {verb}created, {run.changed:,} {verb}changed,"
            f" {run.unchanged:,} unchanged, {run.refused:,} refused."
        )
        if run.ignored_columns:
            self.stdout.write(f"Columns not imported: {', '.join(run.ignored_columns)}.")
        if errors:
            with errors.open("w", encoding="utf-8", newline="") as file:
                selectors.write_problems(run, file)
            self.stdout.write(f"Wrote refused rows to {errors}.")
            return
        problems = selectors.problems_of(run)
        for problem in problems[:SHOWN]:
            self.stdout.write(f"  line {problem.line}: {problem.reason}")
        if (rest := problems.count() - SHOWN) > 0:
            self.stdout.write(f"  and {rest:,} more. Use --errors FILE to write all of them.")


def _mapping(path: Path | None) -> dict[str, str | None]:
    if path is None:
        return {}
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"Can't read the mapping {path}: {error}") from error
    if not isinstance(mapping, dict) or not all(isinstance(heading, str | None) for heading in mapping.values()):
        raise CommandError(f"The mapping {path} must be a JSON object of fields and column headings (or null).")
    return mapping
