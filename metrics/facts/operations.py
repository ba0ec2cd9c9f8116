"""Keep the monthly figures equal to what contracts, spans, rates and deliveries say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction

from cs_platform.common import dead_letters
from cs_platform.common.models import RecordedAt
from metrics.facts.models import ArrMonth, BridgeSum, Kept, Mark, ReasonSum, RetentionSum
from metrics.facts.rules import month_end, month_ends, months_before
from metrics.facts.selectors.building import KEPT, Behind, Source, Wanted, add_up, fill, known_source
from metrics.facts.selectors.sums import EMPTY

# How many years of months are kept, and how many are made in one go: the temporary tables of a year fit in memory.
YEARS = 10
MONTHS_AT_ONCE = 12
# A reader brings so many accounts up to date before the page is shown. More are left to the worker; the page says so.
AT_ONCE = 500
BATCH = 5_000
LARGE = 50_000  # contract lines; below that everything is done at once
KIND = "metrics.figures"

# Whoever belongs to a family of these accounts, or ever did.
FAMILIES = """
with recursive link as materialized (
  select distinct account_id as child, (facts ->> 'parent_id')::bigint as parent
  from accounts_accountspan where facts ->> 'parent_id' is not null
), every (id) as (
  select unnest(%s::bigint[])
  union
  select case when l.child = e.id then l.parent else l.child end from every e join link l on e.id in (l.child, l.parent)
)
select id from every
"""


@contextmanager
def reading(ends: Sequence[dt.date], *, as_known_at: dt.datetime | None = None) -> Iterator[Source]:
    """Yield where the figures of these months are read: as known at an instant, or (None) as we believe now."""
    behind = None if as_known_at else catch_up(through=ends[-1])
    if as_known_at is None and not Kept.objects.filter(first__gt=ends[0]).exists():
        yield replace(KEPT, behind=behind)
        return
    # One month more, which the bridge begins with.
    before = month_end(months_before(ends[0], 1))
    with known_source(first=before, last=ends[-1], known=as_known_at) as source:
        yield source


def catch_up(*, through: dt.date) -> Behind | None:
    """
    Bring the figures up to date for a reader; return what is left to the worker where that would take too long.

    One query where nothing changed.
    """
    marks, is_about_all, oldest, accounts = _marks()
    is_kept = Kept.objects.filter(last__gte=month_end(through)).exists()
    if not marks and is_kept:
        return None
    is_too_much = (is_about_all or not is_kept or accounts > AT_ONCE) and _is_large()
    if is_too_much or _is_read_only():
        return Behind(None if is_about_all or not is_kept else accounts, oldest)
    bring_up_to_date(through=through)
    if marks:
        marks, is_about_all, oldest, accounts = _marks()  # One that fails is set aside, and stays marked.
    return Behind(accounts, oldest) if marks else None


def _marks() -> tuple[bool, bool, dt.datetime | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) > 0, coalesce(bool_or(account_id is null), false), min(marked_at),"
            " count(distinct account_id) from metrics_mark"
        )
        found: tuple[bool, bool, dt.datetime | None, int] = cursor.fetchone()
    return found


# On a replica, or in a transaction that may only read, the page says how far behind its figures are.
def _is_read_only() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('transaction_read_only') = 'on'")
        (is_read_only,) = cursor.fetchone()
    return bool(is_read_only)


def _is_large() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) > %s from (select from accounts_line limit %s) line", [LARGE, LARGE + 1])
        (is_large,) = cursor.fetchone()
    return bool(is_large)


def bring_up_to_date(*, through: dt.date) -> int:
    """Make anew what marks ask for; safe to run twice and to be killed anywhere. Return how many accounts that were."""
    with transaction.atomic():
        _alone()
        _make_all(through=through)
    waiting = Mark.objects.filter(dead_letters.not_set_aside_q(KIND, "account_id"))
    accounts = waiting.order_by("account_id").values_list("account_id", flat=True).distinct()
    marked = [account for account in accounts if account is not None]
    for start in range(0, len(marked), BATCH):
        dead_letters.work_in_halves(marked[start : start + BATCH], _remake, kind=KIND)
    if marked:
        Kept.objects.update(refreshed_at=RecordedAt())
    return len(marked)


def rebuild(*, through: dt.date) -> int:
    """Make all months anew from the facts they follow from; return how many rows that were."""
    with transaction.atomic():
        _alone()
        Mark.objects.all().delete()
        _remake_from(None, through=through)
    return ArrMonth.objects.count()


# One at a time: what is taken out of the sums must be what was put in.
def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('keel_figures'))")


# Carry out marks about all accounts, and add the months that have come since.
def _make_all(*, through: dt.date) -> None:
    kept = Kept.objects.first()
    marks = list(Mark.objects.filter(account_id=None).values_list("pk", "since"))
    Mark.objects.filter(pk__in=[pk for pk, _ in marks]).delete()
    if kept is None or any(since is None for _, since in marks):
        _remake_from(None, through=through)
    elif marks:
        _remake_from(min(since for _, since in marks if since), through=through)
    elif kept.last < month_end(through):
        _remake_from(kept.last + dt.timedelta(days=1), through=through)


def _remake_from(since: dt.date | None, *, through: dt.date) -> None:
    last, first = month_end(through), dt.date(through.year - YEARS, 1, 31)
    if since is not None:
        first = max(month_end(since), first)
    for table in (ArrMonth, RetentionSum, BridgeSum, ReasonSum):
        (table.objects.all() if since is None else table.objects.filter(month__gte=first)).delete()
    ends = month_ends(first, last) if first <= last else []
    step = MONTHS_AT_ONCE if _is_large() else max(len(ends), 1)
    for start in range(0, len(ends), step):
        part = ends[start : start + step]
        fill(Wanted(part[0], part[-1]), into=KEPT.rows)
    if ends:
        add_up(KEPT, first=first, merges=False)
    kept = Kept.objects.first()
    begin = first if kept is None or since is None else kept.first
    Kept.objects.update_or_create(pk=1, defaults={"first": begin, "last": last, "refreshed_at": RecordedAt()})


def _remake(accounts: list[int]) -> None:
    """Make the months of these accounts and of their families anew, and move the sums by the difference."""
    _alone()
    kept = Kept.objects.get()
    # These marks are committed, so what they are about is seen by every statement from here on.
    marks = Mark.objects.filter(account_id__in=list(accounts)).values_list("pk", "since")
    seen = list(marks)
    if not seen:
        return
    is_old = any(since is None for _, since in seen)
    since = kept.first if is_old else max(kept.first, month_end(min(day for _, day in seen if day)))
    families = _families(accounts)
    if since <= kept.last:
        add_up(KEPT, sign=-1, first=since, accounts=families)
        ArrMonth.objects.filter(account_id__in=families, month__gte=since).delete()
        fill(Wanted(since, kept.last, families), into=KEPT.rows)
        add_up(KEPT, first=since, accounts=families)
    Mark.objects.filter(pk__in=[pk for pk, _ in seen]).delete()


def _families(accounts: Collection[int]) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute(FAMILIES, [list(accounts)])
        return [account for (account,) in cursor.fetchall()]


def tidy() -> None:
    """Delete cells of the sums that nothing is left in."""
    with connection.cursor() as cursor:
        for statement in EMPTY:
            cursor.execute(statement)
