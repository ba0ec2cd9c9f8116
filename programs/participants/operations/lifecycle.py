"""Pause, resume and stop a program: its status, its participants and its messages, in one transaction."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from contacts.delivery import operations as delivery
from contacts.delivery.operations.holds import How
from cs_platform.common import partitions
from programs.design.models import Program, Status
from programs.design.operations import change_status
from programs.participants.selectors import INSIDE

# Who fell due during the pause, spread evenly in the order in which they were due.
SPREAD = """
update programs_participant p set due_at = %(now)s + placed.place * (%(span)s / placed.number), changed_at = %(now)s
from (
  select id, row_number() over (order by due_at, id) - 1 as place, count(*) over () as number
  from (
    select id, due_at from programs_participant
    where program_id = %(program)s and state in ('queued', 'waiting') and due_at <= %(now)s
    order by id for update
  ) overdue
) placed where p.id = placed.id
"""

# Whoever is inside leaves, and it is said at which step.
STOP = """
with inside as (
  select id from programs_participant where program_id = %(program)s and state = any(%(inside)s)
  order by id for update
), left_now as (
  update programs_participant p set state = 'exited', reason = 'program_stopped', due_at = null,
    changed_at = %(now)s, finished_at = %(now)s
  from inside where p.id = inside.id
  returning p.program_id, p.version_id, p.step_key, p.account_id, p.membership_id, p.entry_key
)
insert into programs_decision (decided_at, program_id, version_number, step_key, account_id, membership_id, entry_key,
  is_positive, code)
select %(now)s, l.program_id, v.number, l.step_key, l.account_id, l.membership_id, l.entry_key, false, 'program_stopped'
from left_now l join programs_version v on v.id = l.version_id
"""

# Whoever enrolls at this moment is waited for: what they write belongs to what is stopped.
WAIT = "select pg_advisory_xact_lock(hashtext('programs.enroll'), %s)"


@transaction.atomic
def pause(*, program: Program, now: dt.datetime) -> int:
    """
    Send nothing more until resumed, and hold what is planned; return how many messages are held.

    Events go on being recorded, and everybody inside keeps their place.

    :raises NotRunnable: when the program is not active.
    """
    change_status(program=program, before=[Status.ACTIVE], after=Status.PAUSED, now=now)
    return delivery.pause_mailings(program_ref=program.pk, now=now)


@transaction.atomic
def resume(*, program: Program, now: dt.datetime, how: How = "send", days: int = 1) -> None:
    """
    Go on where the program was paused; every recipient is checked again before anything leaves.

    What fell due during the pause is sent now (`send`), left out (`skip`), or spread evenly over so many days from now
    (`spread`); what is not due yet leaves when it is due. A step left out is kept as a decision with that reason.

    :raises NotRunnable: when the program is not paused.
    :raises ValueError: see contacts.delivery.operations.resume_mailings.
    """
    change_status(
        program=program,
        before=[Status.PAUSED],
        after=Status.ACTIVE,
        now=now,
        resumed_at=now,
        skipped_until=now if how == "skip" else None,
    )
    if how == "spread":
        values: dict[str, Any] = {"program": program.pk, "now": now, "span": dt.timedelta(days=days)}
        with connection.cursor() as cursor:
            cursor.execute(SPREAD, values)
    delivery.resume_mailings(program_ref=program.pk, how=how, now=now, days=days)


@transaction.atomic
def stop(*, program: Program, now: dt.datetime) -> int:
    """
    End a program: nobody enters, everybody inside leaves, unsent messages are canceled; return how many of those.

    Only a new version starts it again, for whoever enters then.

    :raises NotRunnable: when the program is neither active nor paused.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [program.pk])
    change_status(program=program, before=[Status.ACTIVE, Status.PAUSED], after=Status.STOPPED, now=now)
    partitions.ensure("programs_decision", first=now.date(), last=now.date())
    with connection.cursor() as cursor:
        cursor.execute(STOP, {"program": program.pk, "inside": list(INSIDE), "now": now})
    return delivery.stop_mailings(program_ref=program.pk, now=now)
