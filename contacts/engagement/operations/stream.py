"""From the Redis stream that tracking appends to, into the event table: in thousands, and exactly once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from redis.exceptions import ResponseError

from contacts.engagement.models import Cursor
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.webhooks import hit_of, keep_hit
from contacts.engagement.rules.stream import BEGINNING, INCARNATION, STREAM, is_behind, new_incarnation
from cs_platform.common.acting import acting
from cs_platform.common.dead_letters import isolate
from cs_platform.common.text import clean

logger = logging.getLogger(__name__)

Fields = dict[str, str]
Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]


class Stream(Protocol):
    """The commands of Redis that ingesting uses."""

    def set(self, name: str, value: str, *, nx: bool) -> object: ...
    def get(self, name: str) -> object: ...
    def xinfo_stream(self, name: str) -> object: ...
    def xrange(self, name: str, *, min: str, count: int) -> object: ...
    def xtrim(self, name: str, *, minid: str, approximate: bool) -> object: ...


def ingest(*, redis: Stream, moved: dt.timedelta, now: dt.datetime, limit: int = 5000) -> int:
    """
    Write up to `limit` hits of the stream to the event table; return how many entries were read.

    The place in the stream is kept in the database and moves in the transaction that writes the events, so a worker
    that dies anywhere repeats nothing and loses nothing. An entry that cannot be written is kept with the webhooks
    that wait (see webhooks.keep_hit) and holds up nobody. `moved` is how far the demo's time runs ahead of the
    tracking server's clock.
    """
    redis.set(INCARNATION, new_incarnation(), nx=True)
    incarnation = cast(bytes, redis.get(INCARNATION)).decode()
    with acting(actor="reader", source="tracking"):
        Cursor.objects.get_or_create(stream=STREAM, incarnation=incarnation, defaults={"moved_at": now})
        cursor = Cursor.objects.select_for_update().get(stream=STREAM, shard=0, incarnation=incarnation)
        entries = cast(Entries, redis.xrange(STREAM, min=f"({cursor.position}", count=limit))
        if not entries:
            if is_behind(_newest(redis), cursor.position):
                # Redis came back without what it had last: its next ids may lie before our place.
                redis.set(INCARNATION, new_incarnation(), nx=False)
            return 0
        _write(entries, moved=moved, now=now)
        cursor.position, cursor.moved_at = entries[-1][0].decode(), now
        cursor.save(update_fields=["position", "moved_at"])
    # Only what is committed is let go; whoever reads in between starts behind the cursor.
    redis.xtrim(STREAM, minid=cursor.position, approximate=True)
    return len(entries)


def ingest_all(*, redis: Stream, moved: dt.timedelta, now: dt.datetime) -> int:
    """Write all hits that wait in the stream; return how many entries were read."""
    total = 0
    while read := ingest(redis=redis, moved=moved, now=now):
        total += read
    return total


def _write(entries: Entries, *, moved: dt.timedelta, now: dt.datetime) -> None:
    hits: list[tuple[Fields, RawHit]] = []

    def failed(entry: tuple[Fields, RawHit | None], error: Exception) -> None:
        logger.warning("A hit could not be written and waits to be tried again: %r", error)
        keep_hit(entry[0], moved=moved, now=now)

    for _, raw in entries:
        fields = {_text(name): _text(value) for name, value in raw.items()}
        try:
            hits.append((fields, hit_of(fields, moved=moved)))
        except (KeyError, ValueError) as problem:
            failed((fields, None), problem)
    isolate(hits, lambda part: [record_hits([hit for _, hit in part], now=now)], failed=failed)


def _newest(redis: Stream) -> str:
    try:
        return cast(dict[str, bytes], redis.xinfo_stream(STREAM))["last-generated-id"].decode()
    except ResponseError:
        return BEGINNING  # There is no stream.


def _text(raw: bytes) -> str:
    return clean(raw.decode(errors="replace"))
