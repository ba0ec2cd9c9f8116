"""
A change that somebody makes on a page, which may make mail leave: said beforehand, held for a while, undone until then.

Pages of every room wrap such a write in `by_hand`. The room that knows who receives what registers the guard; a room
that can take its change back registers how, by the kind of the undo. Changes by import and API are not by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(slots=True)
class HandChange:
    """
    What came of a change by hand.

    Whoever writes sets `undo`, how to take the change back: {"kind": a registered kind, ...}. Afterwards `id` names the
    held change, or is None where no mail would leave; `words` says what will leave and when.
    """

    undo: dict[str, Any] = field(default_factory=dict)
    id: int | None = None
    words: str = ""


class Guard(Protocol):
    def __call__(
        self, *, account_ids: Collection[int], actor: str, label: str, now: dt.datetime
    ) -> AbstractContextManager[HandChange]: ...


Undo = Callable[[Mapping[str, Any]], None]

_guard: list[Guard] = []
_undos: dict[str, Undo] = {}


def register_guard(guard: Guard) -> None:
    _guard[:] = [guard]


def register_undo(kind: str, undo: Undo) -> None:
    """Say how changes of a kind are taken back; `undo` gets what was set as the change's undo."""
    _undos[kind] = undo


def undo(change: Mapping[str, Any]) -> None:
    _undos[change["kind"]](change)


@contextmanager
def by_hand(*, account_ids: Collection[int], actor: str, label: str, now: dt.datetime) -> Iterator[HandChange]:
    """
    Run a page's write on these accounts in a transaction; hold the mail that it makes leave.

    `label` says in the history what was changed. What the change makes leave waits until the grace time is over.
    """
    if not _guard:
        yield HandChange()
        return
    with _guard[0](account_ids=account_ids, actor=actor, label=label, now=now) as change:
        yield change
