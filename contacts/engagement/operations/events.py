"""Hits and provider events: appended once, counted, and followed by what they entail."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from cs_platform.common.acting import acting
from cs_platform.common.text import clean, clean_json

PREFERENCES = "preferences"  # the source of what a reader asks for on the page behind the unsubscribe link


@dataclass(frozen=True, slots=True)
class RawHit:
    """
    One hit or provider event as it came.

    `occurred_at` is the source's own instant, so that a redelivery carries the same; `dedupe_key` names it;
    `received_at` is when we first had it, where that was long before it is recorded.
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
    received_at: dt.datetime | None = None


LATEST = dt.timedelta(days=1)
"""How far ahead of ours another system's clock may be before its word is not taken."""

INSERT = """
insert into contacts_event (kind, delivery_id, mailing_id, person_id, account_id, link_id, occurred_at, received_at,
  source, method, user_agent, network, detail, dedupe_key)
select h.kind, d.id, d.mailing_id, d.person_id, d.account_id, h.link_id::bigint, h.occurred_at::timestamptz,
  h.received_at::timestamptz, h.source, h.method, h.user_agent, h.network, h.detail::jsonb, h.dedupe_key
from (values %s) as h (kind, delivery_id, link_id, occurred_at, received_at, source, method, user_agent, network,
  detail, dedupe_key)
join contacts_delivery d on d.id = h.delivery_id
on conflict (dedupe_key, occurred_at) do nothing
returning id, dedupe_key
"""


@transaction.atomic
def record_hits(hits: Sequence[RawHit], *, now: dt.datetime) -> int:
    """
    Append hits to the event stream, count them, and draw their consequences; return how many were new.

    In one transaction: the events, the counters and what follows for the delivery and its reader. A hit that came
    before is not counted again; one that names no delivery of ours is dropped. One that claims to have happened before
    its message was planned, or later than tomorrow, is taken as of its receipt, and what it claims is kept beside.
    """
    if not hits:
        return 0
    planned = _locked(hits)
    fresh = {hit.dedupe_key: _placed(hit, planned[hit.delivery_id], now) for hit in hits if hit.delivery_id in planned}
    for seen in _seen(planned):
        fresh.pop(seen, None)
    if not fresh:
        return 0
    new = {number: fresh[key] for number, key in _append(fresh.values(), now)}
    recorded = list(new.values())
    draw_consequences(recorded)
    _count(histories({hit.delivery_id for hit in recorded}), new_events=new.keys())
    _mark_unjudged([(h.delivery_id, h.occurred_at) for h in recorded if h.kind in (Kind.OPENED, Kind.CLICKED)])
    return len(new)


READERS = """
select m.id from contacts_membership m
where m.person_id in (select person_id from contacts_delivery where id = any(%s)) order by m.id for no key update
"""


# Lock what these hits bear on in the order of the house (docs/architecture.md), and return when each of their
# deliveries was planned. Two ingest workers never count a delivery from the same "before".
def _locked(hits: Sequence[RawHit]) -> dict[int, dt.datetime]:
    declining = sorted({hit.delivery_id for hit in hits if hit.kind == Kind.UNSUBSCRIBED})
    with connection.cursor() as cursor:
        if declining:
            cursor.execute(READERS, [declining])
        cursor.execute(
            "select id, planned_at from contacts_delivery where id = any(%s) order by id for update",
            [sorted({hit.delivery_id for hit in hits})],
        )
        return dict(cursor.fetchall())


# The instant may differ from reading to reading, with the demo's clock or with our receipt; the key does not.
def _seen(delivery_ids: Collection[int]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select dedupe_key from contacts_event where delivery_id = any(%s)", [sorted(delivery_ids)])
        return [key for (key,) in cursor.fetchall()]


def _placed(hit: RawHit, planned_at: dt.datetime, now: dt.datetime) -> RawHit:
    if planned_at <= hit.occurred_at <= now + LATEST:
        return hit
    return replace(
        hit,
        occurred_at=max(hit.received_at or now, planned_at),
        detail={**hit.detail, "claimed_at": hit.occurred_at.isoformat()},
    )


def _append(hits: Iterable[RawHit], now: dt.datetime) -> list[tuple[int, str]]:
    rows = [
        (
            h.kind, h.delivery_id, h.link_id, h.occurred_at, h.received_at or now, clean(h.source)[:30],
            clean(h.method)[:8], clean(h.user_agent)[:400], clean(h.network)[:45], json.dumps(clean_json(h.detail)),
            h.dedupe_key,
        )
        for h in hits
    ]  # fmt: skip
    with connection.cursor() as cursor:
        return execute_values(cursor.cursor, INSERT, rows, page_size=1000, fetch=True)


def _count(after: dict[int, History], *, new_events: Collection[int]) -> None:
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
    # In the order of their keys, as whoever counts sent mail does: two never wait for each other's counters.
    rows = [
        (mailing, version, key.link_ref, key.kind, key.verdict, RULE_VERSION, key.quarter_at, total, uniques[place])
        for place, total in sorted(totals.items())
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
