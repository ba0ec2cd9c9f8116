"""What an import of one kind has to say for itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.team.models import User
from cs_platform.common.outcomes import Outcome, Problem
from cs_platform.integrations.imports.rules.columns import CellError, Column

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row that was read without errors: its line and its values by field; a blank cell is absent."""

    line: int
    values: Values


@dataclass(frozen=True, slots=True)
class ImportContext:
    """Under whose name, when, and in whose words rows come in."""

    system: str
    viewer: User | None
    actor: str
    now: dt.datetime
    today: dt.date
    is_dry_run: bool
    # Which of these keys stand somewhere in the file.
    in_file: Callable[[Collection[str]], set[str]]


def validated(
    rows: Sequence[ImportRow], refusals: Mapping[int, Problem], take: Callable[[list[ImportRow]], list[Outcome]]
) -> list[Outcome]:
    """Take in the rows that are not refused already (by position) and return what became of all, in order."""
    taken = iter(take([row for index, row in enumerate(rows) if index not in refusals]))
    return [Outcome(problems=[refusals[i]]) if i in refusals else next(taken) for i in range(len(rows))]


Take = Callable[[Sequence[ImportRow], ImportContext], list[Outcome]]


def nothing_else(values: Values) -> list[CellError]:
    """Say that cells which are right one by one are right together."""
    return []


@dataclass(frozen=True, slots=True)
class Importer:
    """
    One kind of file.

    `key` says who a row is: rows with the same key and other content contradict each other. `group` says which rows
    are taken in together. `passes` take rows in, a few thousand at a time; the second sees what the first let through.
    """

    columns: Callable[[], tuple[Column, ...]]
    key: Callable[[Values, str], str]
    passes: tuple[Take, ...]
    group: Callable[[Values, str], str] | None = None
    check: Callable[[Values], list[CellError]] = nothing_else
