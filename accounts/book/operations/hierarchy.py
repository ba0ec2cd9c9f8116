"""Which company belongs to which; the topmost one, denormalised for retention by parent; and the locks on accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.db import connection, transaction

from accounts.book import rules
from accounts.book.models import Account

ONE_AT_A_TIME = 0x4B45454C46414D  # "KEELFAM": the advisory lock of whoever changes families until they commit

# Climb from the accounts to their roots, then come down again through the whole family of each root. `union` (not
# `union all`) ends even where a loop was written past us.
FAMILY = """
with recursive up as (
  select id as start, id, parent_id from accounts_account where %(ids)s::bigint[] is null or id = any(%(ids)s)
  union
  select up.start, a.id, a.parent_id from up join accounts_account a on a.id = up.parent_id
), roots as (
  select start, id as top from up where parent_id is null
), down as (
  select top as id, top from roots
  union
  select a.id, down.top from down join accounts_account a on a.parent_id = down.id
)
"""

REFRESH = (
    FAMILY
    + """
update accounts_account a set top_id = nullif(down.top, a.id) from down
where down.id = a.id and a.top_id is distinct from nullif(down.top, a.id)
"""
)

MEMBERS = FAMILY + "\nselect id from down"
LOOPS = FAMILY + "\nselect distinct start from up where start not in (select start from roots)"  # noqa: S608 (our own text)


class HierarchyLoop(rules.HierarchyLoop):
    """An account would end up above itself."""

    def __init__(self, account_ids: Collection[int]) -> None:
        super().__init__("An account can't be its own parent, directly or through other accounts.")
        self.account_ids = frozenset(account_ids)


def lock_accounts(account_ids: Iterable[int]) -> None:
    """Lock accounts until the transaction ends, in the order in which everybody locks them: that of their ids."""
    locked = Account.objects.select_for_update(no_key=True).filter(pk__in=set(account_ids)).order_by("pk")
    list(locked.values_list("pk"))


def lock_families(account_ids: Iterable[int]) -> None:
    """
    Lock accounts and all who belong to their families, before families are changed.

    The advisory lock comes before the rows: whoever holds it writes to the whole family, and must not wait for somebody
    who holds one of its rows and waits for the advisory lock.
    """
    ids = set(account_ids)
    with connection.cursor() as cursor:
        # Two moves that are right one by one can be a loop together, so the second sees the first.
        cursor.execute("select pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        cursor.execute(MEMBERS, {"ids": list(ids)})
        lock_accounts(ids.union(pk for (pk,) in cursor.fetchall()))


def refresh_tops(*, account_ids: Collection[int] | None) -> None:
    """
    Rebuild the topmost account (`top`) of the families of these accounts, or of all.

    It is null where it would be the account itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {"ids": None if account_ids is None else list(account_ids)})


def set_parents(*, parents: Mapping[int, int | None]) -> int:
    """
    Put accounts under their parents (None makes a root) and return how many moved.

    :raises HierarchyLoop: naming the accounts that would stand above themselves; nothing is moved then.
    """
    if not _moved(parents):
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        lock_families([*parents, *(parent for parent in parents.values() if parent is not None)])
        moved = _moved(parents)
        if themselves := [pk for pk, parent in moved.items() if pk == parent]:
            raise HierarchyLoop(themselves)
        cursor.execute(
            "update accounts_account a set parent_id = new.parent"
            " from unnest(%s::bigint[], %s::bigint[]) new(id, parent) where a.id = new.id",
            [list(moved), list(moved.values())],
        )
        cursor.execute(LOOPS, {"ids": list(moved)})
        if looping := [pk for (pk,) in cursor.fetchall()]:
            raise HierarchyLoop(looping)
        refresh_tops(account_ids=list(moved))
    return len(moved)


def _moved(parents: Mapping[int, int | None]) -> dict[int, int | None]:
    current = Account.objects.filter(pk__in=parents).values_list("pk", "parent_id")
    return {pk: parents[pk] for pk, parent in current if parents[pk] != parent}
