"""
The ledger's rows: planned, claimed by a worker, taken back from a dead one. What became of them is in results.py.

planned -> claimed -> handed_over -> sent | refused | uncertain; a definite "not now" leads back to planned. What may
not leave is held or cancelled instead (gate.py).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from contacts.delivery.models import Mailing, State
from contacts.delivery.operations import gate
from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass, Policy
from cs_platform.common.dead_letters import not_set_aside, work_in_halves

PAGE = 1000
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """One message that should leave: the key (mailing, person, occurrence) and all that sending it takes."""

    mailing_id: int
    person_id: int
    occurrence: str
    membership_id: int | None
    account_id: int | None
    sender_id: int
    template_version_id: int
    program_version: int | None
    participant_ref: int | None
    category: str
    address: str
    merge: dict[str, str]
    due_at: dt.datetime

    @property
    def key(self) -> Key:
        return self.mailing_id, self.person_id, self.occurrence


INSERT = """
insert into contacts_delivery (mailing_id, person_id, occurrence, membership_id, account_id, sender_id,
  template_version_id, program_version, participant_ref, category, address, merge, due_at, planned_at, state,
  reason, detail, worker, attempts, transport, provider_id, bounce_class)
values %s
on conflict (mailing_id, person_id, occurrence) do nothing
returning mailing_id, person_id, occurrence
"""
ROW = "(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,'planned','','','',0,'','','')"


def plan(deliveries: Sequence[Planned], *, now: dt.datetime) -> list[Planned]:
    """
    Write what should leave; a key that stands already is left as it is. Return those that were new.

    Planning the same message twice, from two workers or after a crash, plans it once. Of several with one key the
    first is written.
    """
    by_key: dict[Key, Planned] = {}
    for planned in deliveries:
        by_key.setdefault(planned.key, planned)
    rows = [
        (
            p.mailing_id, p.person_id, p.occurrence, p.membership_id, p.account_id, p.sender_id,
            p.template_version_id, p.program_version, p.participant_ref, p.category, p.address,
            json.dumps(p.merge), p.due_at, now,
        )
        for p in by_key.values()
    ]  # fmt: skip
    if not rows:
        return []
    with connection.cursor() as cursor:
        written = execute_values(cursor.cursor, INSERT, rows, template=ROW, page_size=PAGE, fetch=True)
    return [by_key[key] for key in written]


RESCHEDULE = """
update contacts_delivery d set due_at = r.due_at::timestamptz, merge = d.merge || r.merge::jsonb
from (values %s) as r (id, due_at, merge) where d.id = r.id and d.state in ('planned', 'held')
"""


def reschedule(*, due: Mapping[int, dt.datetime], merge: Mapping[int, Mapping[str, str]] | None = None) -> None:
    """
    Let these messages leave at other instants and with these values, as far as nobody has taken them to be sent.

    What has left, or is leaving, stays as it is.
    """
    values = [(number, due[number], json.dumps(dict((merge or {}).get(number, {})))) for number in sorted(due)]
    if values:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, RESCHEDULE, values, page_size=PAGE)


def ensure_mailing(
    *,
    kind: str,
    key: str,
    name: str,
    message_class: str,
    program_ref: int | None = None,
    position: int = 0,
    max_lateness: dt.timedelta = dt.timedelta(days=3),
    policy: Policy | None = None,
) -> Mailing:
    """
    Return the mailing with this key, made or brought up to date; its key, and so its counters, stay for good.

    The gate asks `max_lateness` and what `policy` says of whole accounts; without one it is that of the message class.
    """
    rule = policy or DEFAULT_POLICIES[MessageClass(message_class)]
    mailing, _ = Mailing.objects.update_or_create(
        key=key,
        defaults={
            "kind": kind,
            "name": name,
            "message_class": message_class,
            "program_ref": program_ref,
            "position": position,
            "max_lateness": max_lateness,
            "include_restricted": rule.include_restricted,
            "includes_churned": rule.includes_churned,
            "excludes_pubsec": rule.excludes_pubsec,
        },
    )
    return mailing


# The living renew their leases (leases.py), so what outlives its lease belongs to a dead worker. Leases go by the
# database's clock alone: those of two hosts, or of a demo that moved its time, may be hours apart.
LEASE = dt.timedelta(seconds=45)

# Dead letters of messages, one kind for each step: that a message could be claimed mends nothing about its text.
CLAIM_STEP, RENDER_STEP, HAND_OVER_STEP, TRANSMIT_STEP = (
    "delivery.claim",
    "delivery.render",
    "delivery.hand_over",
    "delivery.transmit",
)
STEPS = (CLAIM_STEP, RENDER_STEP, HAND_OVER_STEP, TRANSMIT_STEP)
IN_LINE = " and ".join(not_set_aside(kind, "d.id") for kind in STEPS)
# People whose deliveries are claimed under one advisory lock; a number in the database, so it does not change lightly.
PERSON_SHARDS = 64
LOCK_SPACE = 0x4B45454C  # "KEEL": the first key of our transaction advisory locks on shards of persons


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this worker alone may hand over until its lease ends."""

    id: int
    uuid: uuid.UUID
    person_id: int
    mailing_id: int
    sender_id: int
    template_version_id: int
    category: str
    address: str
    merge: dict[str, Any]
    attempts: int


# One person, one decision at a time: a claim holds the advisory locks of the persons' shards until it commits, so
# two workers never decide about one person at once. Shards that somebody else holds are left to them.
FIND = f"""
with due as (
  select distinct person_id %% {PERSON_SHARDS} as shard from (
    select d.person_id from contacts_delivery d
    where d.state = 'planned' and d.due_at <= %(now)s and {IN_LINE}
    order by d.due_at, d.id limit %(limit)s * 4
  ) soon
), mine as materialized (
  select shard from due where pg_try_advisory_xact_lock({LOCK_SPACE}, shard::int)
)
select d.id from contacts_delivery d
where d.state = 'planned' and d.due_at <= %(now)s and d.person_id %% {PERSON_SHARDS} in (select shard from mine)
  and {IN_LINE}
order by d.due_at, d.id limit %(limit)s
for update of d skip locked
"""  # noqa: S608 (two numbers of ours)

CLAIM = """
update contacts_delivery d
set state = 'claimed', reason = '', claimed_at = %(now)s, worker = %(worker)s, attempts = attempts + 1,
  lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
where d.id = any(%(ids)s)
returning d.id, d.uuid, d.person_id, d.mailing_id, d.sender_id, d.template_version_id, d.category, d.address,
  d.merge, d.attempts
"""

RELEASE = """
with expired as (
  select id from contacts_delivery where state in ('claimed', 'handed_over') and lease_until < clock_timestamp()
  order by id for update skip locked
)
update contacts_delivery d set
  state = case d.state when 'claimed' then 'planned' else 'uncertain' end,
  reason = case d.state when 'claimed' then '' else 'worker_died' end,
  lease_until = null
from expired where d.id = expired.id
returning d.state
"""

RENEW = """
with mine as (
  select id from contacts_delivery where state in ('claimed', 'handed_over') and worker = %s
  order by id for update skip locked
)
update contacts_delivery d set lease_until = clock_timestamp() + make_interval(secs => %s)
from mine where d.id = mine.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one worker took: how many messages were due, and those of them that may leave."""

    found: int
    deliveries: list[Claimed]


@transaction.atomic
def claim(
    *, worker: str, limit: int, now: dt.datetime, is_simulated: bool = False, lease: dt.timedelta = LEASE
) -> Claim:
    """Take up to `limit` due deliveries for this worker, oldest first; what the gate refuses is held or cancelled."""
    gate.keep_safe_mode()
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"now": now, "limit": limit})
        due = [number for (number,) in cursor.fetchall()]

    def admit(part: list[int]) -> list[Claimed]:
        refused = gate.refusals(part, is_simulated=is_simulated, now=now)
        gate.refuse(refused, before=[State.PLANNED], now=now)
        free = [number for number in part if number not in refused]
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, {"now": now, "lease": lease.total_seconds(), "ids": free, "worker": worker})
            # Django leaves jsonb of raw queries to us.
            return [Claimed(*(*row[:-2], json.loads(row[-2]), row[-1])) for row in cursor.fetchall()]

    claimed = work_in_halves(due, admit, kind=CLAIM_STEP)
    return Claim(len(due), sorted(claimed, key=lambda delivery: delivery.id))


PUT_BACK = """
update contacts_delivery set state = 'planned', lease_until = null, attempts = attempts - 1
where id = any(%s) and state = 'claimed' and worker = %s
"""


def put_back(delivery_ids: Collection[int], *, worker: str) -> None:
    """Plan again what this worker claimed and had no time for."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_BACK, [list(delivery_ids), worker])


def renew_leases(*, worker: str, lease: dt.timedelta = LEASE) -> None:
    """Say that a worker lives: what it claimed or hands over stays its own for another while."""
    with connection.cursor() as cursor:
        cursor.execute(RENEW, [worker, lease.total_seconds()])


def release_expired() -> tuple[int, int]:
    """
    Take back what dead workers held; return (planned again, uncertain).

    What was claimed had not left: it is planned again. What was handed over may have arrived: it becomes uncertain
    and is never sent again by a machine.
    """
    with connection.cursor() as cursor:
        cursor.execute(RELEASE)
        states = [state for (state,) in cursor.fetchall()]
    return states.count("planned"), states.count("uncertain")
