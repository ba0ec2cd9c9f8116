"""Who looks after an account: the history, and the current CSM copied down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.book.models import Account, CsmAssignment
from accounts.team.models import User

# An assignment that runs past the day of the change ends there; one that would only begin later never happens.
END = """
update accounts_csmassignment h set during = daterange(lower(h.during), %(on)s) from unnest(%(ids)s::bigint[]) new(id)
where h.account_id = new.id and h.during && daterange(%(on)s, null) and lower(h.during) < %(on)s
"""
DROP = """
delete from accounts_csmassignment h using unnest(%(ids)s::bigint[]) new(id)
where h.account_id = new.id and lower(h.during) >= %(on)s
"""
COPY_DOWN = """
update accounts_account a set csm_id = new.csm from unnest(%(ids)s::bigint[], %(csms)s::bigint[]) new(id, csm)
where a.id = new.id and a.csm_id is distinct from new.csm
"""


def assign_csm(*, account: Account, csm: User | None, on: dt.date) -> None:
    """Give the account a CSM from a day on, or none; see assign_csms."""
    assign_csms(csm_by_account={account.pk: csm.pk if csm else None}, on=on)
    account.csm = csm


def assign_csms(*, csm_by_account: Mapping[int, int | None], on: dt.date) -> int:
    """
    Give each account (by number) a CSM (user number, or None) from a day on; return how many have another than before.

    The history has no overlaps and the account's own `csm` is the latest. Where the CSM stays, nothing is written.
    """
    with transaction.atomic():
        locked = Account.objects.select_for_update(no_key=True).filter(pk__in=csm_by_account).order_by("pk")
        current = locked.values_list("pk", "csm_id")
        changed = {pk: csm_by_account[pk] for pk, csm in current if csm_by_account[pk] != csm}
        if not changed:
            return 0
        arguments: dict[str, list[int] | list[int | None] | dt.date] = {
            "ids": list(changed),
            "csms": list(changed.values()),
            "on": on,
        }
        with connection.cursor() as cursor:
            for statement in (DROP, END, COPY_DOWN):
                cursor.execute(statement, arguments)
        CsmAssignment.objects.bulk_create(
            CsmAssignment(account_id=pk, csm_id=csm, during=DateRange(on, None)) for pk, csm in changed.items() if csm
        )
    return len(changed)
