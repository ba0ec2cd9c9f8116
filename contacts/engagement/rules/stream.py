"""The Redis stream on which tracking writes hits down and the ingest worker reads them."""

from __future__ import annotations

import uuid

STREAM = "keel:hits"
# Names one life of the stream: one that was emptied begins again, and ids are compared within a life alone.
INCARNATION = "keel:hits:incarnation"
BEGINNING = "0-0"


def new_incarnation() -> str:
    return uuid.uuid4().hex


def is_behind(position: str, entry_id: str) -> bool:
    """Return whether a position in the stream lies before an entry; ids are `milliseconds-number`."""
    return _numbers(position) < _numbers(entry_id)


def _numbers(entry_id: str) -> tuple[int, int]:
    milliseconds, _, number = (entry_id or BEGINNING).partition("-")
    return int(milliseconds), int(number or 0)
