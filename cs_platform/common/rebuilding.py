"""What `manage.py rebuild` makes anew: each room says how, and the command below asks them all."""

from __future__ import annotations

from collections.abc import Callable

# Makes something anew from the facts it follows from, and says in a sentence what that was.
Rebuild = Callable[[], str]

_rebuilds: list[Rebuild] = []


def register_rebuild(rebuild: Rebuild) -> None:
    if rebuild not in _rebuilds:
        _rebuilds.append(rebuild)


def rebuild_all() -> list[str]:
    return [rebuild() for rebuild in _rebuilds]
