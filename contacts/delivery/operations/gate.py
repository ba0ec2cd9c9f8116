"""
May this message leave now, and if not, why: asked of a set in the transaction that claims it, and again at hand-over.

A refusal is a state of the ledger. `cancelled` is for what will never be right again (a stopped program, an address
that bounced), `held` for what waits until its reason ends (a pause, safe mode) or until it is later than its mailing
allows.
Who changes an answer for a whole set (pause, stop, resume, safe mode) is in holds.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from psycopg2.extras import execute_values

from contacts.consent.selectors import opted_out_sql, suppression_sql
from contacts.delivery.models import State
from contacts.delivery.operations.breakers import IS_HELD
from contacts.recipients.selectors import account_refusal_sql, held_by_hand_sql

# What ends a message for good, then what it waits for, each as SQL over the rows of QUESTION that gives a reason or
# null; the first reason holds. A budget or quiet hours would be one more line of WAITS.
ENDS = (
    "case when m.status = 'stopped' then 'program_stopped' end",
    "case when d.due_at < %(now)s - m.max_lateness then 'too_late' end",
    "case when p.erased_at is not null then 'suppressed_erased' end",
    "case when d.membership_id is null and d.account_id is not null then 'contact_gone' end",
    "case when not ms.is_active then 'inactive' end",
    account_refusal_sql(
        account="a",
        category="d.category",
        include_restricted="m.include_restricted",
        includes_churned="m.includes_churned",
        excludes_pubsec="m.excludes_pubsec",
    ),
    f"'suppressed_' || {suppression_sql(address='d.address', category='d.category', now='%(now)s')}",
    f"case when {opted_out_sql(opted_out='ms.opted_out', category='d.category')} then 'opted_out' end",
)
WAITS = (
    "case when m.status = 'paused' then 'program_paused' end",
    "case when m.is_on_hold then 'mailing_on_hold' end",
    f"case when not %(is_simulated)s and {IS_HELD} then 'breaker_open' end",
    # Before set-up there is no organization, and nobody is on its list.
    f"case when {held_by_hand_sql(account='a.id', now='%(now)s')} then 'held_by_hand' end",
    """case when not %(is_simulated)s and (o.id is null or (o.is_safe_mode and lower(d.address) not in
      (select lower(trim(listed)) from unnest(o.allowed_addresses) listed))) then 'safe_mode' end""",
)

QUESTION = f"""
select * from (
  select d.id, coalesce({", ".join(ENDS)}) as ends, coalesce({", ".join(WAITS)}) as waits
  from contacts_delivery d
  join contacts_mailing m on m.id = d.mailing_id
  join contacts_person p on p.id = d.person_id
  join contacts_sender s on s.id = d.sender_id
  left join contacts_membership ms on ms.id = d.membership_id
  left join accounts_account a on a.id = d.account_id
  left join accounts_organisation o on o.id = 1
  where d.id = any(%(ids)s)
) asked where ends is not null or waits is not null
"""  # noqa: S608 (our own conditions)

REFUSE = """
update contacts_delivery d set state = r.state, reason = r.reason, detail = '', lease_until = null,
  held_at = case r.state when 'held' then %s::timestamptz end,
  -- A message that was stopped at the gate was not tried.
  attempts = d.attempts - case d.state when 'planned' then 0 else 1 end
from (values %%s) as r (id, state, reason) where d.id = r.id and d.state = any(%s) and (%s = '' or d.worker = %s)
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message may not leave now: the state it goes to, and the reason stored with it."""

    state: State
    reason: str


def refusals(delivery_ids: Collection[int], *, is_simulated: bool, now: dt.datetime) -> dict[int, Refusal]:
    """
    Return those of these messages that may not leave now, each with its reason; one query.

    On simulated days nothing leaves the house anyway, so safe mode and breakers are not asked.
    """
    if not delivery_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(QUESTION, {"ids": list(delivery_ids), "now": now, "is_simulated": is_simulated})
        return {
            number: Refusal(State.CANCELLED, ends) if ends else Refusal(State.HELD, waits)
            for number, ends, waits in cursor.fetchall()
        }


def refuse(refused: Mapping[int, Refusal], *, before: Collection[State], now: dt.datetime, worker: str = "") -> None:
    """Write refusals where the messages are still in one of these states, and the worker's if one is given."""
    rows = [(number, refusal.state.value, refusal.reason) for number, refusal in sorted(refused.items())]
    if not rows:
        return
    with connection.cursor() as cursor:
        statement = cursor.cursor.mogrify(REFUSE, [now, [state.value for state in before], worker, worker]).decode()
        execute_values(cursor.cursor, statement, rows, page_size=len(rows))


def keep_safe_mode() -> None:
    """Let nobody switch safe mode before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select id from accounts_organisation for share")


def keep_mailings(mailing_ids: Collection[int]) -> None:
    """Let nobody pause or stop these mailings before this transaction ends; called before deliveries are locked."""
    with connection.cursor() as cursor:
        cursor.execute("select id from contacts_mailing where id = any(%s) order by id for share", [list(mailing_ids)])
