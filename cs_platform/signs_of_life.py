"""That each queue has a worker and that beat runs: a tick travels from beat through every queue and leaves a mark."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.cache import cache

QUEUES = ("journeys", "send", "ingest", "metrics", "sync")
BEAT = "beat"
TICK_SECONDS = 15
# Several ticks may be late behind one long task before anybody is told.
LASTING_SECONDS = 90


def leave(parts: Iterable[str]) -> None:
    cache.set_many({f"alive:{part}": True for part in parts}, timeout=LASTING_SECONDS)


def missing() -> set[str]:
    """Return the queues nobody works on, and "beat" when it does not tick."""
    parts = (*QUEUES, BEAT)
    there = cache.get_many([f"alive:{part}" for part in parts])
    return {part for part in parts if f"alive:{part}" not in there}
