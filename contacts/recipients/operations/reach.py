"""Keep who receives what at every account: the same answers as rules.resolve gives, ready to be joined."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from contacts.recipients.rules import CSAT_COOLDOWN_DAYS, CSAT_SURVEYS_A_YEAR, DEFAULT_POLICIES, Reason, Resolution
from contacts.recipients.selectors.people import AccountPeople, people_of
from contacts.recipients.selectors.reach import BUSINESS_NOW
from cs_platform.common import clock
from cs_platform.common.bulk import cursor as driver_cursor
from cs_platform.common.dead_letters import work_in_halves

DEAD_LETTERS = "recipients.reach"
CHUNK = 1000

TOUCHED_ACCOUNTS = """
select distinct account_id from (
  select unnest(%(accounts)s::bigint[]) as account_id
  union all select account_id from contacts_membership where person_id = any(%(people)s::bigint[])
  union all select m.account_id from contacts_addresshash h join contacts_membership m on m.person_id = h.person_id
    where h.address_hash = any(%(address_hashes)s::varchar[])
) touched order by account_id
"""

# Whoever resolves an account holds its row first and reads the facts after: a change that commits meanwhile is seen by
# whoever comes next. In the order of ids, so that two of them never wait for each other.
MAKE = """
insert into contacts_accountreach (account_id, is_reachable, has_admin, reason)
select id, false, false, '' from accounts_account where id = any(%s) order by id on conflict do nothing
"""
LOCK = "select account_id from contacts_accountreach where account_id = any(%s) order by account_id for update"

WRITE_CLASSES = """
insert into contacts_reach as r (account_id, message_class, recipients, contacts, reasons, reason) values %s
on conflict (account_id, message_class) do update set recipients = excluded.recipients, contacts = excluded.contacts,
  reasons = excluded.reasons, reason = excluded.reason
where (r.recipients, r.contacts, r.reasons, r.reason)
  is distinct from (excluded.recipients, excluded.contacts, excluded.reasons, excluded.reason)
"""
WRITE_ACCOUNTS = """
update contacts_accountreach r set is_reachable = w.is_reachable, has_admin = w.has_admin, reason = w.reason,
  stale_at = w.stale_at
from (values %s) w (account_id, is_reachable, has_admin, reason, stale_at)
where r.account_id = w.account_id and (r.is_reachable, r.has_admin, r.reason, r.stale_at)
  is distinct from (w.is_reachable, w.has_admin, w.reason, w.stale_at)
"""
EXPIRIES = """
select m.account_id, min(s.expires_at) from contacts_membership m
join contacts_addresshash h on h.person_id = m.person_id
join contacts_suppression s on s.address_hash = h.address_hash
where m.account_id = any(%s) and s.expires_at > %s group by 1
"""


def refresh_touched(payloads: Sequence[Mapping[str, Any]]) -> None:
    """
    Resolve anew the accounts that the payloads of `recipients.touched` name, directly or by people and hashes.

    Each payload has lists of ids: `accounts`, `people`, `address_hashes`.
    """
    named = {key: [each for payload in payloads for each in payload.get(key, ())] for key in KEYS}
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED_ACCOUNTS, named)
        accounts = [number for (number,) in cursor.fetchall()]
    refresh(account_ids=accounts)


KEYS = ("accounts", "people", "address_hashes")


def refresh(*, account_ids: Collection[int]) -> None:
    """Resolve these accounts anew for every class of message. Safe to repeat, and to run twice at once."""
    wanted = sorted(account_ids)
    for start in range(0, len(wanted), CHUNK):
        work_in_halves(wanted[start : start + CHUNK], _resolve, kind=DEAD_LETTERS)


def refresh_stale(*, limit: int = CHUNK) -> int:
    """Resolve anew the accounts whose answer time alone has changed; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select account_id from contacts_accountreach where stale_at <= {BUSINESS_NOW}"  # noqa: S608 (ours)
            " order by stale_at limit %s",
            [limit],
        )
        stale = [number for (number,) in cursor.fetchall()]
    refresh(account_ids=stale)
    return len(stale)


def refresh_all() -> int:
    """Resolve every account anew, in short transactions; return how many there are."""
    total, last = 0, 0
    while numbers := _after(last):
        refresh(account_ids=numbers)
        total, last = total + len(numbers), numbers[-1]
    return total


def refresh_missing() -> int:
    """Resolve the accounts that never were, such as those of an installation that was upgraded; return how many."""
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(MISSING, [CHUNK])
            numbers = [number for (number,) in cursor.fetchall()]
        refresh(account_ids=numbers)
        total += len(numbers)
        if len(numbers) < CHUNK:
            return total


MISSING = """
select a.id from accounts_account a where not exists (
  select from contacts_accountreach r where r.account_id = a.id) order by a.id limit %s
"""


def mend_hashes() -> None:
    """Add the hashes that are missing: after a change of the SECRET_KEY, or of an edit from a database shell."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into contacts_addresshash (address_hash, person_id) select unnest(keel_address_hashes(email)), id"
            " from contacts_person where email is not null order by id on conflict do nothing"
        )


def _after(last: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select id from accounts_account where id > %s order by id limit %s", [last, CHUNK])
        return [number for (number,) in cursor.fetchall()]


@transaction.atomic
def _resolve(account_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [account_ids])
        cursor.execute(LOCK, [account_ids])
        cursor.execute(f"select {BUSINESS_NOW}")
        (now,) = cursor.fetchone()
        people = people_of(account_ids, now=now)
        cursor.execute(EXPIRIES, [list(people), now])
        expiries: dict[int, dt.datetime] = dict(cursor.fetchall())
    classes: list[tuple[Any, ...]] = []
    accounts: list[tuple[Any, ...]] = []
    for number, there in sorted(people.items()):
        resolved = {cls.value: there.resolve(policy) for cls, policy in DEFAULT_POLICIES.items()}
        classes += [_class_row(number, cls, resolution) for cls, resolution in resolved.items()]
        stale = [_survey_ends(there, now), expiries.get(number)]
        accounts.append(_account_row(number, list(resolved.values()), min((at for at in stale if at), default=None)))
    with driver_cursor() as raw:
        execute_values(raw, WRITE_CLASSES, classes, template=CLASS_ROW, page_size=CHUNK)
        execute_values(raw, WRITE_ACCOUNTS, accounts, template="(%s, %s, %s, %s, %s::timestamptz)", page_size=CHUNK)


CLASS_ROW = "(%s, %s, %s::bigint[], %s::bigint[], %s::varchar[], %s)"


def _class_row(account_id: int, message_class: str, resolution: Resolution) -> tuple[Any, ...]:
    return (
        account_id,
        message_class,
        list(resolution.recipients),
        [decision.key for decision in resolution.decisions],
        [decision.reason.value for decision in resolution.decisions],
        resolution.unreached.value if resolution.unreached else "",
    )


def _account_row(account_id: int, resolved: Sequence[Resolution], stale_at: dt.datetime | None) -> tuple[Any, ...]:
    reasons = {decision.reason for one in resolved for decision in one.decisions if decision.receives}
    why = "" if reasons else next(one.unreached.value for one in resolved if one.unreached)
    return account_id, bool(reasons), Reason.IS_GITLAB_ADMIN in reasons, why, stale_at


# Return when somebody may be asked for CSAT again, who may not now. Surveys count in the organization's days.
def _survey_ends(there: AccountPeople, now: dt.datetime) -> dt.datetime | None:
    waits = [
        CSAT_COOLDOWN_DAYS - days
        for contact in there.contacts
        if (days := contact.facts.days_since_csat) is not None and days < CSAT_COOLDOWN_DAYS
    ]
    if there.facts.csat_surveys_past_year >= CSAT_SURVEYS_A_YEAR:
        waits.append(1)
    return clock.start_of(clock.date_of(now) + dt.timedelta(days=min(waits))) if waits else None
