"""Hits and provider events: appended once, counted, and followed by what they entail."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from contacts.consent.operations import resubscribe_reader
from contacts.delivery.models import Delivery
from contacts.engagement.models import Kind
from contacts.engagement.operations.consequences import draw_consequences
from contacts.engagement.rules.counters import CountedHit, Key, contributions
from contacts.engagement.rules.verdicts import RULE_VERSION
from contacts.engagement.selectors.events import History, histories
from cs_platform.common import partitions
from cs_platform.common.acting import acting

PREFERENCES = "preferences"  # the source of what a reader asks for on the page behind the unsubscribe link


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
    fresh = _not_seen(hits)
    if not fresh:
        return 0
    days = [hit.occurred_at.date() for hit in fresh]
    partitions.ensure("contacts_event", first=min(days), last=max(days))
    new = _append(fresh, now)
    touched = sorted({delivery_id for _, _, delivery_id, _ in new})
    after = histories(touched)
    _count(after, new_events={event_id for event_id, *_ in new})
    _mark_unjudged([(d, at) for _, kind, d, at in new if kind in (Kind.OPENED, Kind.CLICKED)])
    draw_consequences([(kind, d, at) for _, kind, d, at in new], hits=hits)
    return len(new)


# Lock the deliveries of these hits and leave out what they have already, whatever instant it was given: a hit may be
# appended to the stream again after the demo's clock has moved.
def _not_seen(hits: Sequence[RawHit]) -> list[RawHit]:
    touched = sorted({hit.delivery_id for hit in hits})
    with connection.cursor() as cursor:
        # The counters of a delivery move under its lock: two ingest workers never count from the same "before".
        cursor.execute("select id from contacts_delivery where id = any(%s) order by id for update", [touched])
        ours = {number for (number,) in cursor.fetchall()}
        cursor.execute("select dedupe_key from contacts_event where delivery_id = any(%s)", [sorted(ours)])
        seen = {key for (key,) in cursor.fetchall()}
    fresh = {hit.dedupe_key: hit for hit in hits if hit.delivery_id in ours and hit.dedupe_key not in seen}
    return list(fresh.values())


def _append(hits: Sequence[RawHit], now: dt.datetime) -> list[tuple[int, str, int, dt.datetime]]:
    rows = [
        (
            h.kind, h.delivery_id, h.link_id, h.occurred_at, now, h.source, h.method[:8],
            h.user_agent[:400], h.network, json.dumps(h.detail), h.dedupe_key,
        )
        for h in hits
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
def _mark_unjudged(hits: Sequence[tuple[int, dt.datetime]]) -> None:
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


UPSERT = """
insert into contacts_bucket (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at, total,
  uniques)
values %s
on conflict (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at)
do update set total = contacts_bucket.total + excluded.total, uniques = contacts_bucket.uniques + excluded.uniques
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a delivery's counters hang on."""

    mailing_id: int
    program_version: int


def apply_counts(
    subjects: Mapping[int, Subject],
    *,
    before: Mapping[int, Iterable[CountedHit]],
    after: Mapping[int, Iterable[CountedHit]],
) -> None:
    """
    Move the counters by what changed: for each delivery, its contribution now minus its contribution before.

    A delivery's contribution is a pure function of its hits (rules.contributions), so counters moved this way always
    equal counters built anew.
    """
    totals: Counter[tuple[int, int, Key]] = Counter()
    uniques: Counter[tuple[int, int, Key]] = Counter()
    for delivery_id, subject in subjects.items():
        for sign, hits in ((-1, before.get(delivery_id, ())), (1, after.get(delivery_id, ()))):
            for key, count in contributions(hits).items():
                place = (subject.mailing_id, subject.program_version, key)
                totals[place] += sign * count.total
                uniques[place] += sign * count.uniques
    rows = [
        (mailing, version, key.link_ref, key.kind, key.verdict, RULE_VERSION, key.quarter_at, total, uniques[place])
        for place, total in sorted(totals.items(), key=repr)
        for mailing, version, key in [place]
        if total or uniques[place]
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, UPSERT, rows, page_size=1000)


def unsubscribe_from_page(*, delivery: Delivery, category: str, now: dt.datetime) -> None:
    """
    Send the reader of this message nothing of a category (or EVERYTHING) any more, and count it as an unsubscribe.

    :raises UnknownCategory: when there is no such category.
    """
    wish = RawHit(
        kind=Kind.UNSUBSCRIBED,
        delivery_id=delivery.pk,
        occurred_at=now,
        # Somebody may change their mind and change it back: each time is a wish of its own.
        dedupe_key=f"{PREFERENCES}:{uuid.uuid4().hex}",
        source=PREFERENCES,
        detail={"category": category, "source": PREFERENCES},
    )
    with acting(actor="reader", source=PREFERENCES):
        record_hits([wish], now=now)


def resubscribe_from_page(*, delivery: Delivery, category: str, now: dt.datetime) -> None:
    """
    Write to the reader of this message about a category again. The unsubscribe stays counted: it happened.

    :raises UnknownCategory: when there is no such category.
    """
    with acting(actor="reader", source=PREFERENCES):
        resubscribe_reader(
            membership=delivery.membership, address=delivery.address, category=category, source=PREFERENCES, now=now
        )
