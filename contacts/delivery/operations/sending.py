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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from psycopg2.extras import execute_values

from accounts.team.models import Organisation
from accounts.team.selectors import organisation
from contacts.consent.operations import note_bounce
from contacts.consent.rules import BadAddress, classify_bounce, normalise_address
from contacts.consent.selectors import suppressed
from contacts.delivery.models import State
from contacts.delivery.operations import gate
from contacts.delivery.operations.holds import release_held
from contacts.delivery.operations.ledger import Claimed, claim, count_sent, put_back
from contacts.delivery.operations.rendering import Renderer, Unrenderable
from contacts.delivery.operations.transports import Copy, Letter, Outcome, Postman, postman

GROUP = 64
"""As many as a dying worker can leave uncertain."""

TURN = dt.timedelta(minutes=4)
"""After so long no group begins, so that the leases outlast a slow mail server; the next turn goes on."""


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
    release_held(now=now)
    carrier = postman(is_simulated=is_simulated, now=now)
    try:
        while True:
            report = send_due(
                worker=worker, limit=batch, now=now, postman=carrier, is_simulated=is_simulated, clock=clock
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
) -> SendReport:
    """
    Claim up to `limit` due deliveries and hand over those that may leave.

    `clock` gives the instants written to the ledger as the work goes on.
    """
    taken = claim(worker=worker, limit=limit, now=now, is_simulated=is_simulated)
    claimed = taken.deliveries
    report = SendReport(found=taken.found, claimed=len(claimed))
    if not claimed:
        return report
    renderer = Renderer.for_deliveries(claimed)
    for start in range(0, len(claimed), GROUP):
        if clock() > now + TURN:
            put_back([delivery.id for delivery in claimed[start:]], worker=worker)
            report.is_cut_short = True
            break
        group = claimed[start : start + GROUP]
        report.count(
            _send_group(
                group, worker=worker, renderer=renderer, postman=postman, is_simulated=is_simulated, clock=clock
            )
        )
    return report


def _send_group(
    group: Sequence[Claimed],
    *,
    worker: str,
    renderer: Renderer,
    postman: Postman,
    is_simulated: bool,
    clock: Callable[[], dt.datetime],
) -> list[Outcome]:
    moment = clock()
    copies_to = copies_of(group, allowed=_anybody if is_simulated else may_leave(organisation()), now=moment)
    letters, outcomes = _rendered(group, renderer, moment, copies_to)
    ours = _say_handed_over(letters, worker=worker, is_simulated=is_simulated, now=moment)
    outcomes += postman.deliver(ours)
    _write(outcomes, worker=worker, now=clock())
    _heed_refusals(group, outcomes, copies_to, now=moment)
    return outcomes


# A server that refuses an address as dead has bounced it, there and then.
def _heed_refusals(
    group: Sequence[Claimed], outcomes: Sequence[Outcome], copies_to: Mapping[int, str], *, now: dt.datetime
) -> None:
    addresses = {delivery.id: delivery.address for delivery in group}
    for outcome in outcomes:
        if outcome.copy_refused:
            bounce = classify_bounce(description=outcome.copy_refused)
            note_bounce(address=copies_to[outcome.delivery_id], bounce_class=bounce.value, now=now)
        if outcome.reason == "server_refused":
            bounce = classify_bounce(description=outcome.detail)
            note_bounce(address=addresses[outcome.delivery_id], bounce_class=bounce.value, now=now)


def _rendered(
    group: Sequence[Claimed], renderer: Renderer, now: dt.datetime, copies_to: Mapping[int, str]
) -> tuple[list[Letter], list[Outcome]]:
    letters: list[Letter] = []
    failed: list[Outcome] = []
    for delivery in group:
        try:
            to = copies_to.get(delivery.id, "")
            content = renderer.message(delivery, now=now, copies_to=to)
            copy = Copy(to, renderer.copy(delivery, now=now, copies_to=to)) if to else None
        except Unrenderable as problem:
            failed.append(Outcome(delivery.id, "cancelled", reason="cannot_be_written", detail=str(problem)))
        else:
            sender = renderer.sender_address(delivery)
            letters.append(
                Letter(delivery.id, sender, delivery.address, delivery.mailing_id, content, delivery.attempts, copy)
            )
    return letters, failed


# Commit the intent before anything leaves; what may not leave any more, or is no longer ours, stays.
@transaction.atomic
def _say_handed_over(letters: Sequence[Letter], *, worker: str, is_simulated: bool, now: dt.datetime) -> list[Letter]:
    by_number = {letter.delivery_id: letter for letter in letters}
    gate.keep_safe_mode()
    gate.keep_mailings({letter.mailing_id for letter in letters})
    refused = gate.refusals(by_number, is_simulated=is_simulated, now=now)
    gate.refuse(refused, before=[State.CLAIMED], worker=worker, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "update contacts_delivery set state = 'handed_over', handed_over_at = %s"
            " where id = any(%s) and state = 'claimed' and worker = %s returning id",
            [now, [number for number in by_number if number not in refused], worker],
        )
        return [by_number[number] for number in sorted(number for (number,) in cursor.fetchall())]


WRITE = """
update contacts_delivery d set
  state = o.state, reason = o.reason, detail = left(o.detail, 300), transport = o.transport,
  provider_id = o.provider_id, lease_until = null,
  attempts = d.attempts - case when o.reason = 'not_tried' then 1 else 0 end,
  due_at = case when o.state = 'planned' then o.again_at::timestamptz else d.due_at end,
  sent_at = case when o.state = 'sent' then %s else d.sent_at end,
  delivered_at = case when o.state = 'sent' then %s else d.delivered_at end
from (values %%s) as o (id, state, reason, detail, transport, provider_id, again_at)
-- A worker that outlived its lease still knows better than "uncertain", until somebody settled it.
where d.id = o.id and d.worker = %s and d.state in ('claimed', 'handed_over', 'uncertain')
returning d.id
"""


# Write a group's results and count what was sent, in one transaction.
@transaction.atomic
def _write(outcomes: Sequence[Outcome], *, worker: str, now: dt.datetime) -> None:
    if not outcomes:
        return
    rows = [
        (o.delivery_id, o.state, o.reason, o.detail, o.transport, o.provider_id, o.again_at and o.again_at.isoformat())
        for o in outcomes
    ]
    with connection.cursor() as cursor:
        statement = cursor.cursor.mogrify(WRITE, [now, now, worker]).decode()
        written = execute_values(cursor.cursor, statement, rows, page_size=len(rows), fetch=True)
    count_sent([number for (number,) in written])


# Where the value stands among those filled into the text.
COPY_TO = "copy.to"


def copies_of(group: Sequence[Claimed], *, allowed: Callable[[str], bool], now: dt.datetime) -> dict[int, str]:
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
