"""What pages filter accounts by, copied down from the lines and the hierarchy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from accounts.book.operations import lock_accounts, refresh_tops
from accounts.contracts.selectors import lines_on

# Terms that follow each other without a gap are one commitment: a renewal signed ahead and an amendment of the running
# term both leave the date at which the customer has to decide where it belongs, at the end of what is signed.
DERIVED = """
with held as ({lines}),
sums as (
  select account_id, sum(worth) as arr,
         coalesce(sum(seats) filter (where category = 'base' and not is_trial), 0) as seats,
         array_agg(distinct product order by product) as products
  from held group by account_id
),
signed as (
  select s.account_id, l.subscription_id, range_agg(l.valid) as terms
  from accounts_line l join accounts_subscription s on s.id = l.subscription_id
  where upper_inf(l.known) and not s.is_trial and l.category = 'base' and s.superseded_by_id is null
    and (%(ids)s::bigint[] is null or s.account_id = any(%(ids)s))
  group by s.account_id, l.subscription_id
),
renewals as (
  select account_id, min(upper(term)) as renewal_date
  from signed, unnest(terms) term where term @> %(today)s::date group by account_id
),
derived as (
  select a.id, coalesce(s.arr, 0)::numeric(18,4) as arr, coalesce(s.seats, 0)::int as seats, r.renewal_date,
         -- Who never had a contract here keeps the products that were typed in.
         case when exists (select from accounts_subscription o join accounts_line l on l.subscription_id = o.id
                           where o.account_id = a.id)
              then coalesce(s.products, '{{}}') else a.products end as products
  from accounts_account a
  left join sums s on s.account_id = a.id
  left join renewals r on r.account_id = a.id
  where %(ids)s::bigint[] is null or a.id = any(%(ids)s)
)
"""
SELECT = "select a.id from accounts_account a, derived d"
UPDATE = """
update accounts_account a set arr = d.arr, seats = d.seats, renewal_date = d.renewal_date, products = d.products
from derived d
"""
DIFFERENT = """
where d.id = a.id
  and (a.arr, a.seats, a.renewal_date, a.products) is distinct from (d.arr, d.seats, d.renewal_date, d.products)
"""


def denormalise_contracts(*, account_ids: Collection[int] | None, today: dt.date) -> int:
    """
    Rebuild ARR, seats, products, renewal date and topmost account of these accounts, or of all (None).

    ARR is in the organisation's currency (contracts.selectors.lines_on); seats are those of base products not on
    trial; the renewal date is the earliest end of a running commitment, null when none runs or none ends. Return how
    many accounts had something else; where nothing differs nothing is written.
    """
    if account_ids is not None and not account_ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        if account_ids is None:
            cursor.execute(*_derived(None, today, SELECT))
            stale = [pk for (pk,) in cursor.fetchall()]
        else:
            stale = list(account_ids)
        changed = 0
        if stale:
            # Locked first, then worked out: what somebody else changed meanwhile is not written over.
            lock_accounts(stale)
            cursor.execute(*_derived(stale, today, UPDATE))
            changed = cursor.rowcount
        refresh_tops(account_ids=account_ids)
    return changed


# Return a statement about the accounts that have something else than follows from their lines.
def _derived(ids: list[int] | None, today: dt.date, what: str) -> tuple[str, dict[str, Any]]:
    lines = lines_on(today).order_by()
    if ids is not None:
        lines = lines.filter(subscription__account__in=ids)
    account_id, is_trial = F("subscription__account_id"), F("subscription__is_trial")
    held = lines.values("worth", "seats", "category", "product", account_id=account_id, is_trial=is_trial)
    sql, parameters = held.query.sql_with_params()
    with connection.cursor() as cursor:
        lines_sql = cursor.mogrify(sql, parameters).decode().replace("%", "%%")
    return DERIVED.format(lines=lines_sql) + what + DIFFERENT, {"ids": ids, "today": today}
