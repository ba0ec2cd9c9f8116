"""Files to take in, and a way to do so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cs_platform.integrations.imports.models import ImportRun, Kind
from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import start_run
from tests.factories import NOW, TODAY

Import = Callable[..., ImportRun]


@pytest.fixture
def take(db: None, tmp_path: Path) -> Import:
    """Return a function that takes lines of CSV in as a kind of file and returns the run."""

    def take_in(kind: str, *lines: str, days_later: int = 0, **options: Any) -> ImportRun:
        file = tmp_path / f"{kind}.csv"
        file.write_text("\n".join(lines) + "\n")
        now = NOW + dt.timedelta(days=days_later)
        run = start_run(kind=Kind(kind), file_name=file.name, now=now, **options)
        return run_import(run=run, path=file, now=now, today=TODAY + dt.timedelta(days=days_later))

    return take_in


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make rows be read three at a time and taken in two at a time, so that a few rows are many chunks."""
    staging = "cs_platform.integrations.imports.operations.staging"
    monkeypatch.setattr(f"{staging}.BATCH", 3)
    monkeypatch.setattr(f"{staging}.CHUNK", 2)


def counts(run: ImportRun) -> Sequence[int]:
    """Return how many rows were created, changed, unchanged and refused."""
    return [run.created, run.changed, run.unchanged, run.refused]


def problems(run: ImportRun) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.code) for problem in run.problems.order_by("line", "pk")]
