"""What is wrong with rows, kept aside until the run is over: a trial rolls everything else back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import islice
from tempfile import TemporaryFile
from types import TracebackType

from cs_platform.integrations.imports.models import ImportRun, RowProblem

BATCH = 5000


@dataclass(frozen=True, slots=True)
class Found:
    """Why a row was refused: its line, the column's heading and the cell (where it is about one), code and sentence."""

    line: int
    column: str
    value: str
    code: str
    reason: str


class Problems:
    """A pile of problems on disk: a file of a million bad rows must not fill the memory."""

    def __init__(self) -> None:
        self._pile = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed by __exit__)

    def __enter__(self) -> Problems:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pile.close()

    def add(self, found: Found) -> None:
        self._pile.write(json.dumps(astuple(found)) + "\n")

    def save(self, run: ImportRun) -> None:
        self._pile.seek(0)
        rows = self._rows(run)
        while batch := list(islice(rows, BATCH)):
            RowProblem.objects.bulk_create(batch)

    def _rows(self, run: ImportRun) -> Iterator[RowProblem]:
        for line in self._pile:
            found = Found(*json.loads(line))
            yield RowProblem(
                run=run,
                line=found.line,
                column=found.column[:200],
                value=found.value[:200],
                code=found.code,
                reason=found.reason[:400],
            )
