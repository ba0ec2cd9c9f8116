"""
Hand claimed deliveries over, in groups.

1. claim (commits). 2. For a group of at most 64: ask the gate again, say "handed over" (commits). 3. Transmit.
4. Write the group's results (commits). A worker that dies between 2 and 4 leaves rows that nobody sends again.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from django.db import DatabaseError, connection

from accounts.team.models import Organisation
from accounts.team.selectors import organisation
from contacts.consent.rules import BadAddress, normalise_address
from contacts.consent.selectors import suppressed
from contacts.content.rules import ascii_address
from contacts.delivery.models import State
from contacts.delivery.operations import gate
from contacts.delivery.operations.holds import release_held
from contacts.delivery.operations.leases import Heartbeat
from contacts.delivery.operations.ledger import (
    HAND_OVER_STEP,
    LEASE,
    RENDER_STEP,
    TRANSMIT_STEP,
    Claimed,
    claim,
    put_back,
    release_expired,
)
from contacts.delivery.operations.rendering import Renderer, Unrenderable
from contacts.delivery.operations.results import persist, write_results
from contacts.delivery.operations.transports import Copy, Letter, Outcome, Postman, postman
from contacts.delivery.selectors import tracking_key
from cs_platform.common import dead_letters
from cs_platform.common.dead_letters import work_in_halves

GROUP = 64
"""As many as a dying worker can leave uncertain."""

TURN = dt.timedelta(minutes=4)
"""After so long no group begins, so that a slow mail server keeps no worker for ever; the next turn goes on."""


@dataclass(slots=True)
class SendReport:
    """What one call did: how many messages were due, how many the gate let through, and their outcomes."""

    found: int = 0
    claimed: int = 0
    is_cut_short: bool = False
    outcomes: dict[str, int] = field(default_factory=dict)

    def add(self, other: SendReport) -> None:
        self.found += other.found
        self.claimed += other.claimed
        self.is_cut_short = self.is_cut_short or other.is_cut_short
        for state, number in other.outcomes.items():
            self.outcomes[state] = self.outcomes.get(state, 0) + number

    def count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.outcomes[outcome.state] = self.outcomes.get(outcome.state, 0) + 1


def send_all_due(*, is_simulated: bool, clock: Callable[[], dt.datetime], batch: int = 500) -> SendReport:
    """
    Send what is due until nothing is; safe to run in any number of workers at once.

    What was held for a reason that has ended goes too; what is too late is cancelled. On simulated days every letter
    stays in the Outbox.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    total = SendReport()
    now = clock()
    release_expired()
    release_held(now=now)
    carrier = postman(is_simulated=is_simulated, now=now)
    try:
        with Heartbeat(worker) as heartbeat:
            while True:
                report = send_due(
                    worker=worker,
                    limit=batch,
                    now=now,
                    postman=carrier,
                    is_simulated=is_simulated,
                    clock=clock,
                    alive=heartbeat.alive,
                )
                total.add(report)
                if report.found < batch or report.is_cut_short or clock() > now + TURN:
                    return total
    finally:
        carrier.close()


def may_leave(ours: Organisation | None) -> Callable[[str], bool]:
    """Return which addresses may leave the house: all, or in safe mode those on the list. Nobody before set-up."""
    if ours is None:
        return lambda _: False
    if not ours.is_safe_mode:
        return _anybody
    listed = frozenset(address.strip().lower() for address in ours.allowed_addresses)
    return lambda address: address in listed


def _anybody(_: str) -> bool:
    return True


def send_due(
    *,
    worker: str,
    limit: int,
    now: dt.datetime,
    postman: Postman,
    is_simulated: bool,
    clock: Callable[[], dt.datetime],
    alive: Callable[[], None] = lambda: None,
) -> SendReport:
    """
    Claim up to `limit` due deliveries and hand over those that may leave.

    `clock` gives the instants written to the ledger as the work goes on; `alive` hears of each group.
    """
    taken = claim(worker=worker, limit=limit, now=now, is_simulated=is_simulated)
    report = SendReport(found=taken.found, claimed=len(taken.deliveries))
    turn = Turn(worker, postman, Renderer(key=tracking_key()), is_simulated, clock)
    waiting = taken.deliveries
    try:
        while waiting:
            if clock() > now + TURN:
                report.is_cut_short = True
                break
            alive()
            report.count(_send_group(waiting[:GROUP], turn))
            waiting = waiting[GROUP:]
    finally:
        # Only what is still claimed goes back. Where that cannot be written either, the leases end.
        if waiting:
            with suppress(DatabaseError):
                put_back([delivery.id for delivery in waiting], worker=worker)
    return report


@dataclass(frozen=True, slots=True)
class Turn:
    """What the groups of one claim have in common."""

    worker: str
    postman: Postman
    renderer: Renderer
    is_simulated: bool
    clock: Callable[[], dt.datetime]


def _send_group(group: Sequence[Claimed], turn: Turn) -> list[Outcome]:
    moment = turn.clock()
    prepared = work_in_halves(
        group, lambda part: _prepared(part, turn, moment), kind=RENDER_STEP, key=lambda row: row.id
    )
    letters = [each for each in prepared if isinstance(each, Letter)]
    outcomes = [each for each in prepared if isinstance(each, Outcome)]
    outcomes += _set_back({delivery.id for delivery in group} - _numbers(prepared), moment)
    ours = persist(lambda: _hand_over(letters, turn, moment))
    outcomes += _set_back(_numbers(letters) - _numbers(ours), moment)
    letters = [each for each in ours if isinstance(each, Letter)]
    delivered = turn.postman.deliver(letters)
    outcomes += delivered
    write_results(outcomes, letters=letters, worker=turn.worker, now=turn.clock())
    _note_failures(delivered, letters)
    return outcomes


def _note_failures(delivered: Sequence[Outcome], letters: Sequence[Letter]) -> None:
    failed = {outcome.delivery_id: outcome.error for outcome in delivered if outcome.error is not None}
    for number, error in failed.items():
        dead_letters.note(kind=TRANSMIT_STEP, key=number, error=error)
    if tried_before := [letter.delivery_id for letter in letters if letter.attempts > 1]:
        dead_letters.close(kind=TRANSMIT_STEP, keys=set(tried_before) - failed.keys())


def _numbers(found: Iterable[Letter | Outcome | Stopped]) -> set[int]:
    return {each.delivery_id for each in found}


# What failed is tried again a little later, so that it is not first in line; after a few tries it is set aside.
def _set_back(numbers: Collection[int], now: dt.datetime) -> list[Outcome]:
    again_at = now + dt.timedelta(minutes=1)
    return [Outcome(number, "planned", "failed", again_at=again_at, is_try=False) for number in sorted(numbers)]


def _prepared(part: Sequence[Claimed], turn: Turn, now: dt.datetime) -> list[Letter | Outcome]:
    allowed = _anybody if turn.is_simulated else may_leave(organisation())
    copies_to = _copies_of(part, allowed=allowed, now=now)
    turn.renderer.load(part)
    return [_written(delivery, turn.renderer, copies_to.get(delivery.id, ""), now) for delivery in part]


def _written(delivery: Claimed, renderer: Renderer, copies_to: str, now: dt.datetime) -> Letter | Outcome:
    try:
        content = renderer.message(delivery, now=now, copies_to=copies_to)
        copy = Copy(copies_to, renderer.copy(delivery, now=now, copies_to=copies_to)) if copies_to else None
    except Unrenderable as problem:
        return Outcome(delivery.id, "cancelled", reason="cannot_be_written", detail=str(problem))
    sender, address = ascii_address(renderer.sender_address(delivery)), ascii_address(delivery.address)
    return Letter(delivery.id, sender, address, delivery.mailing_id, content, delivery.attempts, copy)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A message that the gate refused at hand-over, or that is no longer this worker's."""

    delivery_id: int


# Whatever is this worker's and has not been transmitted. Handed over already, or taken for dead meanwhile, are those
# of a hand-over whose connection was lost while it committed.
MINE = """worker = %(worker)s
  and (state in ('claimed', 'handed_over') or (state = 'uncertain' and reason = 'worker_died'))"""
HAND_OVER = f"""
with mine as (select id from contacts_delivery where id = any(%(ids)s) and {MINE} order by id for update)
update contacts_delivery d set state = 'handed_over', reason = '', handed_over_at = %(now)s,
  lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
from mine where d.id = mine.id returning d.id
"""  # noqa: S608 (a condition of ours)


# Commit the intent before anything leaves; what may not leave any more, or is no longer ours, stays.
def _hand_over(letters: Sequence[Letter], turn: Turn, now: dt.datetime) -> list[Letter | Stopped]:
    def say_so(part: list[Letter]) -> list[Letter | Stopped]:
        by_number = {letter.delivery_id: letter for letter in part}
        gate.keep_safe_mode()
        gate.keep_mailings({letter.mailing_id for letter in part})
        refused = gate.refusals(by_number, is_simulated=turn.is_simulated, now=now)
        gate.refuse(refused, before=[State.CLAIMED, State.HANDED_OVER], worker=turn.worker, now=now)
        free = [number for number in by_number if number not in refused]
        with connection.cursor() as cursor:
            cursor.execute(HAND_OVER, {"ids": free, "worker": turn.worker, "now": now, "lease": LEASE.total_seconds()})
            ours = {number for (number,) in cursor.fetchall()}
        return [by_number[number] if number in ours else Stopped(number) for number in sorted(by_number)]

    return work_in_halves(letters, say_so, kind=HAND_OVER_STEP, key=lambda letter: letter.delivery_id)


# Where the value stands among those filled into the text.
COPY_TO = "copy.to"


def _copies_of(group: Sequence[Claimed], *, allowed: Callable[[str], bool], now: dt.datetime) -> dict[int, str]:
    """
    Return the address a copy goes to, by delivery; one query for each category that has any.

    What holds for a reader holds for a copy: no suppressed address, in safe mode none that is not on the list.
    """
    wanted: dict[str, dict[int, str]] = defaultdict(dict)
    for delivery in group:
        address = _usable(str(delivery.merge.get(COPY_TO, "")))
        if address and address != delivery.address and allowed(address):
            wanted[delivery.category][delivery.id] = address
    found: dict[int, str] = {}
    for category, by_delivery in wanted.items():
        unwanted = suppressed(set(by_delivery.values()), now=now, category=category)
        found |= {number: address for number, address in by_delivery.items() if address not in unwanted}
    return found


# A copy that cannot be addressed must not keep the letter from its reader.
def _usable(address: str) -> str:
    try:
        return normalise_address(address) if address else ""
    except BadAddress:
        return ""
