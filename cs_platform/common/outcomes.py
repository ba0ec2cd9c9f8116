"""What became of one row of many: the answer of every bulk write, for the API and the imports alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction

NOT_APPLIED = "not_applied"
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was refused: a stable code, a sentence for a person, and the fields it is about."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


class Refused(Exception):
    """A single write was refused, for the reasons a bulk write would give for its row."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class Outcome:
    """What became of one row; in a bulk answer they stand in the order of the request."""

    external_id: str = ""
    pk: int | None = None
    uuid: UUID | None = None
    is_created: bool = False
    is_changed: bool = False
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return bool(self.problems)

    def refuse(self, code: str, message: str, *fields: str) -> None:
        self.problems.append(Problem(code, message, fields))


def accepted(outcomes: Sequence[Outcome]) -> list[int]:
    """Return the positions of the rows that nothing was found wrong with so far."""
    return [index for index, outcome in enumerate(outcomes) if not outcome.is_refused]


def any_refused(outcomes: Iterable[Outcome]) -> bool:
    return any(outcome.is_refused for outcome in outcomes)


def undone(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes after the whole set was rolled back because some rows were refused."""
    because = Problem(NOT_APPLIED, "Not applied: another row was rejected and all_or_none is set.")
    return [Outcome(external_id=outcome.external_id, problems=outcome.problems or [because]) for outcome in outcomes]


class _Undo(Exception):
    """Rolls back what the rows wrote."""


def apply_rows(apply: Callable[[], list[Outcome]], *, all_or_none: bool = False) -> list[Outcome]:
    """
    Run `apply`, which writes many rows, in one transaction, and return its outcomes.

    With `all_or_none` a single refused row takes all others back. When somebody else adds the same external id at
    the same moment, the rows are applied once more on top of theirs.
    """
    for attempt in range(ATTEMPTS):
        outcomes: list[Outcome] = []
        try:
            with transaction.atomic():
                outcomes = apply()
                if all_or_none and any_refused(outcomes):
                    raise _Undo
        except _Undo:
            return undone(outcomes)
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
        else:
            return outcomes
    raise AssertionError("unreachable")
