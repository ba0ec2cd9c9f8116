"""Whom a run looks at: accounts whose time has come, and those inside whose contacts changed since."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from contacts.recipients.selectors import held_by_hand_sql
from programs.design.selectors import RunningProgram, anchor
from programs.participants.rules import event_key

HELD = held_by_hand_sql(account="a.id", now="%(held_at)s::timestamptz")

# Accounts in the window that have not entered for this reason. A rejected account is looked at again while its
# window is open: whoever gives it a GitLab Admin in time has mended it.
CANDIDATES = """
select o.account_id, o.anchor_day, o.event, r.id, coalesce(r.reason, '')
from (
  select a.id as account_id, {anchor} as anchor_day, {event} as event from accounts_account a
  where {anchor} between %(today)s::date - %(last)s::int and %(today)s::date - %(first)s::int
    and (%(accounts)s::bigint[] is null or a.id = any(%(accounts)s)) and not {held}
) o
left join programs_participant r on r.program_id = %(program)s and r.account_id = o.account_id
  and r.state = 'rejected' and r.membership_id is null and r.entry_key = %(key)s || ':' || o.event
where o.event is not null and not exists (
  select 1 from programs_participant p where p.program_id = %(program)s and p.account_id = o.account_id
  and p.entry_key = %(key)s || ':' || o.event and p.state <> 'rejected')
order by 1
"""

# Accounts inside whose window is still open, and one of whose contacts changed (came, left, was given a role, opted in)
# since the last of them entered; who of them is or was inside. All programs at once: few contacts change in a window.
# A change is dated when its transaction began: one that took long was not seen by whoever entered meanwhile.
RECHECK = f"""
with changed as (
  select account_id, max(changed_at) as at from contacts_membership where changed_at > %(since)s group by 1
)
select p.program_id, p.account_id, p.anchor_date, p.entry_key, array_agg(p.membership_id)
from unnest(%(programs)s::bigint[], %(firsts)s::int[], %(lasts)s::int[], %(anchors)s::text[])
  w (program_id, first_day, last_day, anchor)
join programs_participant p on p.program_id = w.program_id
  and p.anchor_date between %(today)s::date - w.last_day and %(today)s::date - w.first_day
  and starts_with(p.entry_key, w.anchor || ':')
join changed c on c.account_id = p.account_id
where p.state <> 'rejected' and p.membership_id is not null
  and (%(accounts)s::bigint[] is null or p.account_id = any(%(accounts)s))
  and not {held_by_hand_sql(account="p.account_id", now="%(held_at)s::timestamptz")}
group by 1, 2, 3, 4 having max(p.entered_at) < max(c.at) + interval '15 minutes'
order by 1, 2
"""  # noqa: S608 (a condition of ours)


@dataclass(frozen=True, slots=True)
class Candidate:
    """
    An account whose window is open, because of the event with this key.

    `rejected_id` is its standing rejection, if there is one; `inside` are the contacts that entered for this reason.
    """

    account_id: int
    anchor_day: dt.date
    event: str
    rejected_id: int | None = None
    rejected_reason: str = ""
    inside: frozenset[int] = frozenset()


def candidates_of(
    running: RunningProgram,
    *,
    today: dt.date,
    held_at: dt.datetime | None = None,
    account_ids: Collection[int] | None = None,
) -> list[Candidate]:
    """
    Return whose window is open and who is not inside for this reason, among all accounts or these.

    Accounts whose mail is held for the grace time of a change by hand are left out at the instant `held_at`.
    """
    trigger = running.document.trigger
    found = anchor(trigger.anchor)
    with connection.cursor() as cursor:
        cursor.execute(
            CANDIDATES.format(anchor=found.sql, event=found.event_sql, held=HELD),
            {
                "program": running.program.pk,
                "today": today,
                "first": trigger.first_day,
                "last": trigger.last_day,
                "key": trigger.anchor,
                "held_at": held_at,
                "accounts": None if account_ids is None else list(account_ids),
            },
        )
        return [Candidate(*row) for row in cursor.fetchall()]


def accounts_to_recheck(
    programs: Sequence[RunningProgram],
    *,
    today: dt.date,
    now: dt.datetime,
    held_at: dt.datetime | None = None,
    account_ids: Collection[int] | None = None,
) -> dict[int, list[Candidate]]:
    """Return, by program, the accounts inside where somebody may have become reachable; one query (see above)."""
    triggers = [running.document.trigger for running in programs]
    if not triggers:
        return {}
    widest = max(trigger.last_day - trigger.first_day for trigger in triggers)
    with connection.cursor() as cursor:
        cursor.execute(
            RECHECK,
            {
                "programs": [running.program.pk for running in programs],
                "firsts": [trigger.first_day for trigger in triggers],
                "lasts": [trigger.last_day for trigger in triggers],
                "anchors": [trigger.anchor for trigger in triggers],
                "today": today,
                "held_at": held_at,
                "accounts": None if account_ids is None else list(account_ids),
                "since": now - dt.timedelta(days=widest + 1),
            },
        )
        again: dict[int, list[Candidate]] = defaultdict(list)
        for program, account, anchor_day, key, inside in cursor.fetchall():
            again[program].append(Candidate(account, anchor_day, event_key(key), inside=frozenset(inside)))
    return again
