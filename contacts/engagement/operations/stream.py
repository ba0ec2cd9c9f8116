"""From the Redis stream that tracking appends to, into the event table: in thousands, and exactly once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from contacts.engagement.models import Cursor, Kind
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.rules.stream import INCARNATION, STREAM, new_incarnation
from cs_platform.common.acting import acting

logger = logging.getLogger(__name__)

KINDS = {"o": Kind.OPENED, "c": Kind.CLICKED, "u": Kind.UNSUBSCRIBED}

Fields = Mapping[bytes, bytes]
Entries = Sequence[tuple[bytes, Fields]]


class Stream(Protocol):
    """The four words of Redis that ingesting speaks."""

    def set(self, name: str, value: str, *, nx: bool) -> object: ...
    def get(self, name: str) -> object: ...
    def xrange(self, name: str, *, min: str, count: int) -> object: ...
    def xtrim(self, name: str, *, minid: str, approximate: bool) -> object: ...


def ingest(*, redis: Stream, moved: dt.timedelta, now: dt.datetime, limit: int = 5000) -> int:
    """
    Write up to `limit` hits of the stream to the event table; return how many entries were read.

    The place in the stream is kept in the database and moves in the transaction that writes the events, so a worker
    that dies anywhere repeats nothing and loses nothing. `moved` is how far the demo's time runs ahead of the
    tracking server's clock.
    """
    redis.set(INCARNATION, new_incarnation(), nx=True)
    incarnation = cast(bytes, redis.get(INCARNATION)).decode()
    with acting(actor="reader", source="tracking"):
        Cursor.objects.get_or_create(stream=STREAM, incarnation=incarnation, defaults={"moved_at": now})
        cursor = Cursor.objects.select_for_update().get(stream=STREAM, shard=0, incarnation=incarnation)
        entries = cast(Entries, redis.xrange(STREAM, min=f"({cursor.position}", count=limit))
        if not entries:
            return 0
        record_hits([hit for entry in entries if (hit := _hit(entry, moved)) is not None], now=now)
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


# Read one entry; one that cannot be read is logged and passed over, never in the way of the others.
def _hit(entry: tuple[bytes, Fields], moved: dt.timedelta) -> RawHit | None:
    number, raw = entry
    try:
        fields = {name.decode(): value.decode(errors="replace") for name, value in raw.items()}
        return RawHit(
            kind=KINDS[fields["k"]],
            delivery_id=int(fields["d"]),
            link_id=int(fields.get("l", 0)) or None,
            occurred_at=dt.datetime.fromtimestamp(int(fields["t"]) / 1_000_000, tz=dt.UTC) + moved,
            dedupe_key=fields["x"][:80],
            method=fields.get("m", ""),
            user_agent=fields.get("a", "").replace("\x00", ""),
            network=fields.get("n", "")[:45],
            detail={"category": fields["g"]} if fields.get("g") else {},
        )
    except (KeyError, ValueError, OverflowError) as problem:
        logger.warning("Unreadable hit %s passed over: %r", number, problem)
        return None
