"""
What became of messages that were handed over, written so that it is not lost: a message that left and is not `sent` in
the ledger is a message somebody sends again, or asks about.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import psycopg2
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from psycopg2.extras import execute_values

from contacts.consent.operations import note_bounce
from contacts.consent.rules import classify_bounce
from contacts.delivery.models import Delivery, State
from contacts.delivery.operations import breakers
from contacts.delivery.operations.transports import Letter, Outcome
from contacts.delivery.rules import breaker_of
from cs_platform.common import dead_letters

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE_SECONDS = 900
"""How long a write waits for a database that is away: longer than any restart."""
LONGEST_PAUSE_SECONDS = 2.0


# Raw cursors raise the driver's own errors.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)


def persist(write: Callable[[], T], *, patience_seconds: float = PATIENCE_SECONDS) -> T:
    """
    Do a write that must not be lost: again after a deadlock, and for as long as the database is away.

    `write` is a transaction of its own and may run twice: a connection that is lost while it commits does not say
    whether it did.
    """
    until, pause = time.monotonic() + patience_seconds, 0.05
    while True:
        try:
            return write()
        except DATABASE_AWAY as error:
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            log.warning("A write to the send ledger is tried again: %s", dead_letters.error_text(error))
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


# The rows are locked in the order of their numbers, as every set is. A worker that outlived its lease still knows
# better than "uncertain", until somebody settled it.
WRITE = """
with mine as (
  select id from contacts_delivery
  where id = any(%s) and worker = %s and state in ('claimed', 'handed_over', 'uncertain') order by id for update
)
update contacts_delivery d set
  state = o.state, reason = o.reason, detail = left(o.detail, 300), transport = o.transport,
  provider_id = o.provider_id, lease_until = null,
  attempts = d.attempts - case when o.is_try then 0 else 1 end,
  due_at = case when o.state = 'planned' then o.again_at::timestamptz else d.due_at end,
  held_at = case when o.state = 'held' then %s else null end,
  sent_at = case when o.state = 'sent' then %s else d.sent_at end,
  delivered_at = case when o.state = 'sent' then %s else d.delivered_at end
from (values %%s) as o (id, state, reason, detail, transport, provider_id, again_at, is_try), mine
where d.id = o.id and d.id = mine.id
returning d.id
"""


def write_results(outcomes: Sequence[Outcome], *, letters: Sequence[Letter], worker: str, now: dt.datetime) -> None:
    """
    Write what became of these messages, count what was sent, and suppress addresses that the server called dead.

    Waits for the database while it is away. A result that the database refuses is written without the server's words;
    the others are not held up by it.
    """

    by_number = {letter.delivery_id: letter for letter in letters}

    def write(part: list[Outcome]) -> None:
        written = _write(part, worker=worker, now=now)
        _note_bounces([outcome for outcome in part if outcome.delivery_id in written], by_number, now=now)
        count_sent(sorted(written))
        _heed_breakers([outcome for outcome in part if outcome.delivery_id in written], by_number, now=now)

    def fall_back(outcome: Outcome, error: Exception) -> None:
        dead_letters.note(kind="delivery.result", key=outcome.delivery_id, error=error)
        with transaction.atomic():
            write([replace(outcome, detail="", provider_id="", copy_refused="")])

    persist(lambda: dead_letters.isolate(outcomes, write, failed=fall_back))


def _write(outcomes: Sequence[Outcome], *, worker: str, now: dt.datetime) -> set[int]:
    rows = [
        (
            o.delivery_id, o.state, o.reason, o.detail, o.transport, o.provider_id,
            o.again_at and o.again_at.isoformat(), o.is_try,
        )
        for o in outcomes
    ]  # fmt: skip
    with connection.cursor() as cursor:
        given = [[o.delivery_id for o in outcomes], worker, now, now, now]
        statement = cursor.cursor.mogrify(WRITE, given).decode()
        return {number for (number,) in execute_values(cursor.cursor, statement, rows, page_size=len(rows), fetch=True)}


# A server that refuses an address as dead has bounced it, there and then. In the order of addresses, since two workers
# may suppress the same ones.
def _note_bounces(outcomes: Sequence[Outcome], letters: Mapping[int, Letter], *, now: dt.datetime) -> None:
    said = [(letters[o.delivery_id].address, o.detail) for o in outcomes if o.reason == "server_refused"]
    copies = ((letters[o.delivery_id].copy, o.copy_refused) for o in outcomes if o.copy_refused)
    said += [(copy.address, answer) for copy, answer in copies if copy is not None]
    for address, answer in sorted(said):
        note_bounce(address=address, bounce_class=classify_bounce(description=answer).value, now=now, evidence=answer)


def _heed_breakers(outcomes: Sequence[Outcome], letters: Mapping[int, Letter], *, now: dt.datetime) -> None:
    answered = [o.delivery_id for o in outcomes if o.state == "sent" or o.reason == "server_refused"]
    if answered:
        breakers.close_probed(delivery_ids=answered, now=now)
    for o in outcomes:
        if o.refusal_of_us:
            sender = letters[o.delivery_id].sender
            scope, key = breaker_of(o.refusal_of_us, sender=sender, server=breakers.server_name())
            fault = o.refusal_of_us.value
            breakers.trip(scope=scope, key=key, fault=fault, answer=o.detail, delivery_id=o.delivery_id, now=now)


def retry_set_aside(keys: Sequence[str], *, now: dt.datetime) -> None:
    """Let messages that were set aside be due now; for the Attention page, which lets them be tried again."""
    Delivery.objects.filter(pk__in=keys, state=State.PLANNED).update(reason="", due_at=now)


def discard_set_aside(keys: Sequence[str]) -> None:
    """Cancel messages that were set aside."""
    waiting = Delivery.objects.filter(pk__in=keys, state__in=[State.PLANNED, State.HELD])
    waiting.update(state=State.CANCELLED, reason="discarded")


class NotUncertain(Exception):
    """The delivery is not uncertain any more: somebody or a provider's report settled it first."""


@transaction.atomic
def resolve_uncertain(*, delivery: Delivery, arrived: bool, by: str, now: dt.datetime) -> None:
    """
    Settle by a person's word whether an uncertain message arrived; one that did not is planned again.

    :raises NotUncertain: when it was settled before.
    """
    settled = Delivery.objects.filter(pk=delivery.pk, state=State.UNCERTAIN)
    if arrived:
        left_at = Coalesce("handed_over_at", Value(now))
        changed = settled.update(
            state=State.SENT, reason="settled_by_person", detail=by, sent_at=left_at, delivered_at=left_at
        )
    else:
        changed = settled.update(state=State.PLANNED, reason="settled_by_person", detail=by, due_at=now)
    if not changed:
        raise NotUncertain
    if arrived:
        count_sent([delivery.pk])


HEARD_OF = """
update contacts_delivery set state = 'sent', reason = 'heard_of', sent_at = coalesce(sent_at, handed_over_at, due_at),
  delivered_at = coalesce(delivered_at, handed_over_at, due_at)
where id = any(%s) and state = 'uncertain'
returning id
"""


@transaction.atomic
def settle_heard_of(*, delivery_ids: Collection[int]) -> int:
    """Settle what a dying worker left uncertain and was heard of since: it has left. Return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(HEARD_OF, [list(delivery_ids)])
        settled = [number for (number,) in cursor.fetchall()]
    if settled:
        count_sent(settled)
    return len(settled)


COUNT = """
insert into contacts_bucket (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at, total,
  uniques)
select mailing_id, coalesce(program_version, 0), 0, 'sent', '', 0,
  to_timestamp(floor(extract(epoch from sent_at) / 900) * 900), count(*), count(*)
from contacts_delivery where id = any(%s) and state = 'sent'
group by 1, 2, 7
-- Counters are locked in the order of their key, here and by whoever counts hits.
order by 1, 2, 7
on conflict (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at)
do update set total = contacts_bucket.total + excluded.total, uniques = contacts_bucket.uniques + excluded.uniques
"""


def count_sent(delivery_ids: Collection[int]) -> None:
    """Count those of these deliveries that are sent; to be called once, in the transaction that made them so."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(delivery_ids)])
