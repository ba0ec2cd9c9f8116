from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from contacts.engagement.models import Kind
from contacts.engagement.operations.consequences import draw_consequences
from contacts.engagement.operations.counting import Subject, apply_counts
from contacts.engagement.selectors import History, histories
from cs_platform.common import partitions


@dataclass(frozen=True, slots=True)
class RawHit:
    """
    One hit or provider event as it came.

    `occurred_at` is the source's own instant, so that a redelivery carries the same; `dedupe_key` names it.
    """

    kind: str
    delivery_id: int
    occurred_at: dt.datetime
    dedupe_key: str
    link_id: int | None = None
    source: str = "tracking"
    method: str = ""
    user_agent: str = ""
    network: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


INSERT = """
insert into contacts_event (kind, delivery_id, mailing_id, person_id, account_id, link_id, occurred_at, received_at,
  source, method, user_agent, network, detail, dedupe_key)
select h.kind, d.id, d.mailing_id, d.person_id, d.account_id, h.link_id::bigint, h.occurred_at::timestamptz,
  h.received_at::timestamptz, h.source, h.method, h.user_agent, h.network, h.detail::jsonb, h.dedupe_key
from (values %s) as h (kind, delivery_id, link_id, occurred_at, received_at, source, method, user_agent, network,
  detail, dedupe_key)
join contacts_delivery d on d.id = h.delivery_id
on conflict (dedupe_key, occurred_at) do nothing
returning id, kind, delivery_id, occurred_at
"""


@transaction.atomic
def record_hits(hits: Sequence[RawHit], *, now: dt.datetime) -> int:
    """
    Append hits to the event stream, count them, and draw their consequences; return how many were new.

    In one transaction: the events, the counters and what follows for the delivery and its reader. A hit that came
    before is not counted again; one that names no delivery of ours is dropped.
    """
    if not hits:
        return 0
    days = [hit.occurred_at.date() for hit in hits]
    partitions.ensure("contacts_event", first=min(days), last=max(days))
    new = _append(hits, now)
    touched = sorted({delivery_id for _, _, delivery_id, _ in new})
    if not touched:
        return 0
    with connection.cursor() as cursor:
        # The counters of a delivery move under its lock: two ingest workers never count from the same "before".
        cursor.execute("select id from contacts_delivery where id = any(%s) order by id for update", [touched])
    after = histories(touched)
    _count(after, new_events={event_id for event_id, *_ in new})
    _mark_unsettled([(d, at) for _, kind, d, at in new if kind in (Kind.OPENED, Kind.CLICKED)])
    draw_consequences([(kind, d, at) for _, kind, d, at in new], hits=hits)
    return len(new)


def _append(hits: Sequence[RawHit], now: dt.datetime) -> list[tuple[int, str, int, dt.datetime]]:
    rows = [
        (
            h.kind, h.delivery_id, h.link_id, h.occurred_at, now, h.source, h.method[:8],
            h.user_agent[:400], h.network, json.dumps(h.detail), h.dedupe_key,
        )
        for h in {(hit.dedupe_key, hit.occurred_at): hit for hit in hits}.values()
    ]  # fmt: skip
    with connection.cursor() as cursor:
        return execute_values(cursor.cursor, INSERT, rows, page_size=1000, fetch=True)


def _count(after: dict[int, History], *, new_events: set[int]) -> None:
    subjects = {number: Subject(history.mailing_id, history.program_version) for number, history in after.items()}
    apply_counts(
        subjects,
        before={
            number: [event.counted for event in history.events if event.id not in new_events]
            for number, history in after.items()
        },
        after={number: [event.counted for event in history.events] for number, history in after.items()},
    )


# Remember the oldest hit that waits for its verdict.
def _mark_unsettled(hits: Sequence[tuple[int, dt.datetime]]) -> None:
    oldest: dict[int, dt.datetime] = defaultdict(lambda: dt.datetime.max.replace(tzinfo=dt.UTC))
    for delivery_id, at in hits:
        oldest[delivery_id] = min(oldest[delivery_id], at)
    if not oldest:
        return
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "update contacts_delivery d set unsettled_since = least(coalesce(d.unsettled_since, h.at), h.at)"
            " from (values %s) as h (id, at) where d.id = h.id",
            list(oldest.items()),
            template="(%s, %s::timestamptz)",
            page_size=1000,
        )
