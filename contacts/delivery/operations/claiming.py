from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from contacts.delivery.rules import PERSON_SHARDS

# A lease outlives the slowest hand-over of a claim by far; what outlives the lease belongs to a dead worker.
LEASE = dt.timedelta(minutes=10)
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
CLAIM = f"""
with due as (
  select distinct person_id %% {PERSON_SHARDS} as shard from (
    select person_id from contacts_delivery where state = 'planned' and due_at <= %(now)s
    order by due_at, id limit %(limit)s * 4
  ) soon
), mine as materialized (
  select shard from due where pg_try_advisory_xact_lock({LOCK_SPACE}, shard::int)
), picked as (
  select d.id from contacts_delivery d
  where d.state = 'planned' and d.due_at <= %(now)s and d.person_id %% {PERSON_SHARDS} in (select shard from mine)
  order by d.due_at, d.id limit %(limit)s
  for update of d skip locked
)
update contacts_delivery d
set state = 'claimed', claimed_at = %(now)s, lease_until = %(lease)s, worker = %(worker)s, attempts = attempts + 1
from picked where d.id = picked.id
returning d.id, d.uuid, d.person_id, d.mailing_id, d.sender_id, d.template_version_id, d.category, d.address,
  d.merge, d.attempts
"""  # noqa: S608 (two numbers of ours)

RELEASE = """
update contacts_delivery set
  state = case state when 'claimed' then 'planned' else 'uncertain' end,
  reason = case state when 'claimed' then '' else 'worker_died' end,
  lease_until = null
where state in ('claimed', 'handed_over') and lease_until < %(now)s
returning state
"""


@transaction.atomic
def claim(*, worker: str, limit: int, now: dt.datetime, lease: dt.timedelta = LEASE) -> list[Claimed]:
    """Take up to `limit` due deliveries for this worker, oldest first, and commit that they are taken."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "lease": now + lease, "limit": limit, "worker": worker})
        rows = cursor.fetchall()
    # Django leaves jsonb of raw queries to us.
    claimed = [Claimed(*(*row[:-2], json.loads(row[-2]), row[-1])) for row in rows]
    return sorted(claimed, key=lambda delivery: delivery.id)


PUT_BACK = """
update contacts_delivery set state = 'planned', lease_until = null, attempts = attempts - 1
where id = any(%s) and state = 'claimed' and worker = %s
"""


def put_back(delivery_ids: Collection[int], *, worker: str) -> None:
    """Plan again what this worker claimed and had no time for."""
    with connection.cursor() as cursor:
        cursor.execute(PUT_BACK, [list(delivery_ids), worker])


def release_expired(*, now: dt.datetime) -> tuple[int, int]:
    """
    Take back what dead workers held; return (planned again, uncertain).

    What was claimed had not left: it is planned again. What was handed over may have arrived: it becomes uncertain
    and is never sent again by a machine.
    """
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"now": now})
        states = [state for (state,) in cursor.fetchall()]
    return states.count("planned"), states.count("uncertain")
