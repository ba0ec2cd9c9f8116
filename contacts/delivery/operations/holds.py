"""
Who holds mail back and lets it go again: a program's pause, stop and resume, one mailing on hold, safe mode.

The gate asks what is written here. Each operation also moves the messages it is about, in its own transaction, so that
what a page says is held is held. Locks are taken in one order: organization, mailings, deliveries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from django.db import connection, transaction

from accounts.team import operations as team
from accounts.team.models import Organisation
from contacts.delivery.models import Delivery, Mailing, State
from contacts.delivery.operations import breakers
from contacts.delivery.operations.breakers import IS_HELD
from contacts.recipients.selectors import held_by_hand_sql

How = Literal["send", "skip", "spread"]
Decision = Literal["release", "discard"]

NO_PROGRAM = 0
"""Stands among decisions for mailings that belong to no program."""


class UndecidedMail(ValueError):
    """Safe mode holds messages of programs about which nobody has said what becomes of them."""


# Rows that a worker is claiming at this moment are left to the gate, which is asked again when they are handed over.
MOVE = """
with mine as (
  select d.id from contacts_delivery d join contacts_mailing m on m.id = d.mailing_id
  where {which} order by d.id for update of d skip locked
)
update contacts_delivery d set {what} from mine where d.id = mine.id
"""
PLANNED = "state = 'planned', reason = '', detail = '', held_at = null"
CANCELLED = "state = 'cancelled', reason = '{reason}', detail = '', held_at = null"

PAUSED = "m.program_ref = %(program)s and d.state = 'held' and d.reason in ('program_paused', 'mailing_on_hold')"
HOLD = MOVE.format(
    which="m.program_ref = %(program)s and d.state = 'planned'",
    what="state = 'held', reason = 'program_paused', detail = '', held_at = %(now)s",
)
STOP = MOVE.format(
    which="m.program_ref = %(program)s and d.state in ('planned', 'held')",
    what=CANCELLED.format(reason="program_stopped"),
)
SKIP = MOVE.format(which=f"{PAUSED} and d.due_at <= %(now)s", what=CANCELLED.format(reason="skipped_on_resume"))
RESUME = MOVE.format(which=PAUSED, what=PLANNED)
SPREAD = """
update contacts_delivery d set due_at = %(now)s + placed.place * (%(span)s / placed.number)
from (
  select d.id, row_number() over (order by d.due_at, d.id) - 1 as place, count(*) over () as number
  from contacts_delivery d join contacts_mailing m on m.id = d.mailing_id
  where m.program_ref = %(program)s and d.state = 'held' and d.reason in ('program_paused', 'mailing_on_hold')
    and d.due_at between %(now)s - m.max_lateness and %(now)s
) placed where d.id = placed.id
"""

OF_SAFE_MODE = "d.state = 'held' and d.reason = 'safe_mode' and coalesce(m.program_ref, 0) = any(%(programs)s)"
RELEASE = MOVE.format(which=OF_SAFE_MODE, what=PLANNED)
DISCARD = MOVE.format(which=OF_SAFE_MODE, what=CANCELLED.format(reason="discarded"))

# What the shortest patience of all mailings leaves alone need not be looked at.
STALE = MOVE.format(
    which="""d.state in ('planned', 'held') and d.due_at < %(now)s - m.max_lateness
    and d.due_at < %(now)s - (select min(max_lateness) from contacts_mailing)""",
    what=CANCELLED.format(reason="too_late"),
)
# Safe mode that is off has ended as a reason, and yet its mail waits: a person says what becomes of it.
ENDED = MOVE.format(
    which=f"""d.state = 'held' and case d.reason
      when 'held_by_hand' then not {held_by_hand_sql(account="d.account_id", now="%(now)s")}
      when 'program_paused' then m.status <> 'paused'
      when 'mailing_on_hold' then not m.is_on_hold
      when 'breaker_open' then not exists (
        select from contacts_sender s where s.id = d.sender_id and {IS_HELD}
      )
      when 'safe_mode' then exists (
        select from accounts_organisation o, unnest(o.allowed_addresses) listed
        where o.is_safe_mode and lower(trim(listed)) = lower(d.address)
      )
    end""",  # noqa: S608 (a condition of ours)
    what=PLANNED,
)


@transaction.atomic
def pause_mailings(*, program_ref: int, now: dt.datetime) -> int:
    """
    Hold what is planned of a program, at once, and what will be planned until it is resumed; return how many are held.

    A group that a worker is handing over at this moment (64 at most) still leaves.
    """
    _set_status(program_ref, Mailing.Status.PAUSED)
    return _run(HOLD, program=program_ref, now=now)


@transaction.atomic
def stop_mailings(*, program_ref: int, now: dt.datetime) -> int:
    """Cancel what is planned or held of a program, and what will be planned; return how many are cancelled."""
    _set_status(program_ref, Mailing.Status.STOPPED)
    return _run(STOP, program=program_ref, now=now)


@transaction.atomic
def resume_mailings(*, program_ref: int, how: How, now: dt.datetime, days: int = 1) -> int:
    """
    Let a program's mail leave again; return how many messages are planned again.

    What fell due meanwhile is sent now (`send`), cancelled (`skip`), or spread evenly over so many days from now in
    the order in which it was due (`spread`). What is not due yet leaves when it is due.

    :raises ValueError: for a way that there is not, or for fewer days than one.
    """
    if how not in ("send", "skip", "spread"):
        raise ValueError(f"Overdue messages are sent, skipped or spread, not {how!r}.")
    if days < 1:
        raise ValueError("Messages are spread over one day or more.")
    _set_status(program_ref, Mailing.Status.RUNNING)
    _run(STALE, now=now)
    if how == "skip":
        _run(SKIP, program=program_ref, now=now)
    if how == "spread":
        _run(SPREAD, program=program_ref, now=now, span=dt.timedelta(days=days))
    return _run(RESUME, program=program_ref)


@transaction.atomic
def run_mailings(*, program_ref: int) -> None:
    """Let a program that was stopped write again; nothing of it waits."""
    _set_status(program_ref, Mailing.Status.RUNNING)


@transaction.atomic
def hold_mailing(*, mailing_id: int, is_on_hold: bool) -> None:
    """Hold one mailing whatever its program does, or let it go; the gate holds its messages as they fall due."""
    Mailing.objects.filter(pk=mailing_id).update(is_on_hold=is_on_hold)


def _set_status(program_ref: int, status: Mailing.Status) -> None:
    mine = Mailing.objects.select_for_update().filter(program_ref=program_ref).order_by("id")
    Mailing.objects.filter(pk__in=[mailing.pk for mailing in mine]).update(status=status)


@transaction.atomic
def switch_safe_mode(*, is_on: bool, decisions: Mapping[int, Decision]) -> int:
    """
    Switch safe mode; return how many held messages are planned again.

    Who switches it off says what becomes of the messages it holds, by the program's number (NO_PROGRAM for mailings
    that belong to none). Switching it on needs no decisions: what is planned is held when it falls due.

    :raises UndecidedMail: when safe mode holds messages of a program that is not among the decisions.
    """
    # No claim or hand-over may find safe mode on after this has looked at what is held (gate.keep_answers).
    list(Organisation.objects.select_for_update())
    if is_on:
        team.switch_safe_mode(is_on=True)
        return 0
    held = Delivery.objects.filter(state=State.HELD, reason="safe_mode").values_list("mailing__program_ref", flat=True)
    if {number or NO_PROGRAM for number in held.distinct()} - set(decisions):
        raise UndecidedMail("Say for each program whether its held messages are sent or discarded.")
    team.switch_safe_mode(is_on=False)
    return decide_held_mail(decisions=decisions)


@transaction.atomic
def decide_held_mail(*, decisions: Mapping[int, Decision]) -> int:
    """Release or discard what safe mode held, by the program's number; return how many messages are planned again."""
    _run(DISCARD, programs=[number for number, decision in decisions.items() if decision == "discard"])
    return _run(RELEASE, programs=[number for number, decision in decisions.items() if decision == "release"])


def release_held(*, now: dt.datetime) -> tuple[int, int]:
    """
    Plan again what is held for a reason that has ended, and cancel what is later than its mailing allows.

    Return (planned again, cancelled). What is planned keeps the instant at which it was due, and so its place. Only
    workers that were down, and holds, leave late messages behind: a retry moves the instant at which it is due.
    """
    cancelled = _run(STALE, now=now)
    breakers.try_again(now=now)
    return _run(ENDED, now=now), cancelled


def _run(statement: str, **given: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return int(cursor.rowcount)
