"""Runs of imports and their problems; and a first look at a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.db.models import QuerySet

from accounts.team.models import Permission, User
from cs_platform.common.spreadsheets import cell
from cs_platform.integrations.imports.kinds import IMPORTERS
from cs_platform.integrations.imports.models import ImportRun, RowProblem
from cs_platform.integrations.imports.rules.columns import Column
from cs_platform.integrations.imports.rules.files import records

LONGEST_CELL = 100  # of a first look
HEADING = ("Line", "Column", "Value", "Problem", "Code")


@dataclass(frozen=True, slots=True)
class Look:
    """The heading of a file and its first rows."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def runs(viewer: User) -> QuerySet[ImportRun]:
    found = ImportRun.objects.select_related("by").order_by("-requested_at", "-pk")
    return found if viewer.may(Permission.IMPORT) else found.none()


def problems_of(run: ImportRun) -> QuerySet[RowProblem]:
    return RowProblem.objects.filter(run=run).order_by("line", "pk")


def problem_rows(run: ImportRun) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield a run's problems under HEADING, a few thousand at a time."""
    rows = problems_of(run).values_list("line", "column", "value", "reason", "code")
    yield from rows.iterator(chunk_size=5000)


def write_problems(run: ImportRun, file: TextIO) -> None:
    """Write a run's problems as CSV that a spreadsheet opens without running anything in it."""
    writer = csv.writer(file)
    writer.writerow(HEADING)
    for row in problem_rows(run):
        writer.writerow([cell(value) for value in row])


def columns_of(kind: str) -> tuple[Column, ...]:
    """Return what a file of a kind may hold: fields, the headings they are known by, which of them are required."""
    return IMPORTERS[kind].columns()


def look_at(run: ImportRun, *, how_many: int = 5) -> Look:
    """
    Look into a run's file.

    :raises UnreadableFile: when it cannot be read, saying why.
    """
    with (Path(settings.MEDIA_ROOT) / run.stored).open("rb") as file:
        rows = records(file)
        heading = tuple(name.strip() for name in next(rows).cells)
        return Look(heading, tuple(tuple(cell[:LONGEST_CELL] for cell in row.cells) for row in islice(rows, how_many)))
