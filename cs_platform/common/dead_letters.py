"""
One bad row never stops its neighbors: work on a set halves down to the row that fails, and sets that row aside.

A dead letter names a row by `kind` ("delivery.render") and `key` (its id as text) and says what failed, how often and
since when. After TRIES failures the row is set aside: queries for due rows leave it out (`not_set_aside`), the log has
an error line, /readyz counts it, and administrators retry or discard it on the Attention page.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from cs_platform.common.faults import error_text, is_row_fault, sqlstate
from cs_platform.common.models import DeadLetter, RecordedAt
from cs_platform.common.text import clean

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
LONGEST_KEY = 200
KIND = re.compile(r"[a-z][a-z0-9_.]{0,59}")

# Whoever was in the way is gone in a moment: https://www.postgresql.org/docs/current/errcodes-appendix.html
IN_THE_WAY = frozenset({"40001", "40P01", "55P03"})
TRIES_WHEN_IN_THE_WAY = 5
# A single row may collide with one that somebody else is adding; once theirs is committed it is found.
TAKEN = frozenset({"23505", "23P01"})


# Kinds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """
    What the Attention page knows about one kind of row.

    `retry(keys)` and `discard(keys)` do in the owning room what goes beyond the letter (bring the row back, cancel
    it); both run in the transaction that marks the letters. `link(keys)` returns key -> (title, url) for a page of
    rows with a constant number of queries; keys that are gone may be missing.
    """

    label: str
    retry: Callable[[Sequence[str]], None] | None = None
    discard: Callable[[Sequence[str]], None] | None = None
    link: Callable[[Sequence[str]], Mapping[str, tuple[str, str]]] | None = None


_kinds: dict[str, Kind] = {}


def register_kind(
    kind: str,
    label: str,
    *,
    retry: Callable[[Sequence[str]], None] | None = None,
    discard: Callable[[Sequence[str]], None] | None = None,
    link: Callable[[Sequence[str]], Mapping[str, tuple[str, str]]] | None = None,
) -> None:
    """Tell the Attention page about rows of `kind`; call it from the owning app's registrations.py."""
    _kinds[_checked(kind)] = Kind(label, retry, discard, link)


def kind_of(kind: str) -> Kind:
    """Return what was registered for `kind`; a kind nobody registered is shown by its name."""
    return _kinds.get(kind) or Kind(kind)


def kinds() -> Mapping[str, Kind]:
    return dict(_kinds)


# Working on a set ------------------------------------------------------------------------------------------------


def work_in_halves(
    items: Sequence[T],
    work: Callable[[list[T]], Iterable[R] | None],
    *,
    kind: str,
    key: Callable[[T], object] = str,
    tries: int = TRIES,
    durable: bool = False,
) -> list[R]:
    """
    Do `work` on all items, isolating those that make it fail; return the concatenated results of those that did not.

    `work(part)` must do everything in the database: each call runs in a transaction of its own, or in a savepoint
    where the caller already holds one (`durable=True` forbids that), and is undone when it raises. It is called again
    with half of the items until a single item fails; that failure is noted with `kind` and `key(item)`, and at the
    `tries`-th the item is set aside. Items set aside or discarded are left out, items that failed before are tried
    last and alone, and an item that succeeds is closed. So results are in the order of the items only while none
    fails.

    Raises what is no row's fault (a lost connection, a deadlock, a full disk, a missing table; see `is_row_fault`).
    Deadlocks and serialization failures are tried again first unless the caller holds the transaction. Parts already
    committed stay done; the caller's query for due rows finds the others again.
    """
    rows = [(as_key(key(item)), item) for item in items]
    if not rows:
        return []
    known = dict(_open(kind).filter(key__in={name for name, _ in rows}).values_list("key", "set_aside_at"))
    fresh = [row for row in rows if row[0] not in known]
    again = [row for row in rows if row[0] in known and known[row[0]] is None]
    set_aside: list[DeadLetter] = []

    def failed(row: tuple[str, T], error: Exception) -> None:
        letter = note(kind=kind, key=row[0], error=error, tries=tries, alarm=False)
        if letter.set_aside_at:
            set_aside.append(letter)

    def work_on(part: list[tuple[str, T]]) -> Iterable[R] | None:
        return work([item for _, item in part])

    def work_and_close(part: list[tuple[str, T]]) -> Iterable[R] | None:
        results = work_on(part)
        close(kind=kind, keys=[name for name, _ in part])
        return results

    try:
        results = isolate(fresh, work_on, failed=failed, durable=durable)
        for row in again:
            results += isolate([row], work_and_close, failed=failed, durable=durable)
    finally:
        _alarm(kind, set_aside)
    return results


def isolate(
    items: Sequence[T],
    work: Callable[[list[T]], Iterable[R] | None],
    *,
    failed: Callable[[T, Exception], None],
    durable: bool = False,
) -> list[R]:
    """
    Do `work` as `work_in_halves` does, without letters: `failed(item, error)` hears of each single item that raised.

    For rows that keep their errors themselves, such as the lines of an import.
    """
    results: list[R] = []
    parts = [list(items)] if items else []
    while parts:
        part = parts.pop()
        try:
            results += _done(part, work, durable=durable)
        except Exception as error:
            if not is_row_fault(error):
                raise
            if len(part) == 1:
                failed(part[0], error)
                continue
            middle = len(part) // 2
            parts += [part[middle:], part[:middle]]
    return results


def _done(part: list[T], work: Callable[[list[T]], Iterable[R] | None], *, durable: bool) -> list[R]:
    is_nested = connection.in_atomic_block
    for attempt in range(1, TRIES_WHEN_IN_THE_WAY + 1):
        try:
            with transaction.atomic(durable=durable):
                results = list(work(part) or ())
                if is_nested:
                    # Foreign keys are checked at COMMIT, which is the caller's: too late to find the row.
                    connection.check_constraints()
        except Exception as error:
            state = sqlstate(error)
            is_worth_it = state in IN_THE_WAY or (state in TAKEN and len(part) == 1 and attempt == 1)
            if is_nested or not is_worth_it or attempt == TRIES_WHEN_IN_THE_WAY:
                raise
            time.sleep(attempt * random.uniform(0.01, 0.1))  # noqa: S311 (no secret)
        else:
            return results
    raise AssertionError("unreachable")


# Letters ---------------------------------------------------------------------------------------------------------

NOTE = """
insert into common_deadletter as old
  (kind, key, error, attempts, first_failed_at, last_failed_at, set_aside_at, retried_by, discarded_by)
select %(kind)s, %(key)s, %(error)s, %(attempts)s, keel_recorded_at(), keel_recorded_at(),
  case when %(tries)s <= %(attempts)s then keel_recorded_at() end, '', ''
on conflict (kind, key) do update set
  error = excluded.error,
  last_failed_at = excluded.last_failed_at,
  mended_at = null,
  (attempts, first_failed_at, set_aside_at, discarded_at) = (
    select tried.attempts, tried.since,
      coalesce(tried.set_aside_at, case when tried.attempts >= %(tries)s then keel_recorded_at() end),
      tried.discarded_at
    from (
      select old.attempts + excluded.attempts, old.first_failed_at, old.set_aside_at, old.discarded_at
      where old.mended_at is null
      union all
      select excluded.attempts, excluded.first_failed_at, null, null where old.mended_at is not null
    ) tried(attempts, since, set_aside_at, discarded_at)
  )
returning *
"""


def note(
    *, kind: str, key: object, error: BaseException, tries: int = TRIES, attempts: int = 1, alarm: bool = True
) -> DeadLetter:
    """
    Note that a row failed (`attempts` times); return its letter, with `set_aside_at` once it failed `tries` times.

    For callers that go row by row, such as a hand-over that cannot be undone. Not within the savepoint that failed.
    """
    said = {
        "kind": _checked(kind),
        "key": as_key(key),
        "error": error_text(error),
        "tries": tries,
        "attempts": attempts,
    }
    (letter,) = DeadLetter.objects.raw(NOTE, said)
    # The trace once: thousands of rows may fail of one mistake, and each of them three times.
    trace = error if letter.attempts == 1 else None
    logger.warning("%s %s failed (try %s): %s", kind, letter.key, letter.attempts, letter.error, exc_info=trace)
    if alarm and letter.set_aside_at:
        _alarm(kind, [letter])
    return letter


def close(*, kind: str, keys: Collection[object]) -> None:
    """Note that these rows went through after all; rows without an open letter are ignored."""
    _open(kind).filter(key__in=[as_key(key) for key in keys]).update(
        mended_at=RecordedAt(), set_aside_at=None, discarded_at=None
    )


def left_out(kind: str, keys: Collection[object]) -> set[str]:
    """Return the keys among these that are set aside or discarded."""
    wanted = [as_key(key) for key in keys]
    return set(_aside(kind).filter(key__in=wanted).values_list("key", flat=True)) if wanted else set()


def not_set_aside(kind: str, key_sql: str) -> str:
    """
    Return the SQL condition that leaves out what is set aside; `key_sql` is the row's key, such as "d.id".

    The condition has no parameters and no percent sign.
    """
    return (
        "not exists (select 1 from common_deadletter letter"  # noqa: S608 (kind is checked, key_sql is ours)
        f" where letter.kind = '{_checked(kind)}' and letter.key = ({key_sql})::text"
        " and letter.set_aside_at is not null and letter.mended_at is null)"
    )


def not_set_aside_q(kind: str, field: str = "pk") -> Q:
    """Return `not_set_aside` as a filter of the ORM; `field` is the row's key."""
    key = Cast(OuterRef(field), TextField())
    return Q(~Exists(_aside(kind).filter(key=key)))


def waiting() -> QuerySet[DeadLetter]:
    """Return the rows that are set aside and wait for a person."""
    return DeadLetter.objects.filter(mended_at=None, discarded_at=None, set_aside_at__isnull=False)


def retrying() -> QuerySet[DeadLetter]:
    """Return the rows that failed and are tried again by themselves."""
    return DeadLetter.objects.filter(mended_at=None, discarded_at=None, set_aside_at=None)


def discarded() -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(mended_at=None, discarded_at__isnull=False)


def counts() -> dict[str, int]:
    """Return how many rows are set aside and wait for a person, by kind."""
    return dict(waiting().values_list("kind").annotate(Count("pk")).order_by("kind"))


def retry(letters: Iterable[DeadLetter], *, by: str) -> int:
    """Let these rows be tried again, from the first try, and return how many; `by` is the address of who asked."""
    return _decide(letters, "retry", retried_at=RecordedAt(), retried_by=by, attempts=0, set_aside_at=None)


def discard(letters: Iterable[DeadLetter], *, by: str) -> int:
    """Leave these rows out for good and return how many; `by` is the address of who decided it."""
    return _decide(letters, "discard", discarded_at=RecordedAt(), discarded_by=by, set_aside_at=RecordedAt())


@transaction.atomic
def _decide(letters: Iterable[DeadLetter], what: str, **values: Any) -> int:
    waiting = DeadLetter.objects.filter(pk__in=[letter.pk for letter in letters], mended_at=None, discarded_at=None)
    locked = list(waiting.order_by("id").select_for_update())
    DeadLetter.objects.filter(pk__in=[letter.pk for letter in locked]).update(**values)
    for kind in sorted({letter.kind for letter in locked}):
        act = getattr(kind_of(kind), what)
        if act is not None:
            act([letter.key for letter in locked if letter.kind == kind])
    return len(locked)


def as_key(key: object) -> str:
    return clean(str(key))[:LONGEST_KEY]


def _checked(kind: str) -> str:
    if not KIND.fullmatch(kind):
        raise ValueError(f"A kind of dead letter is lower-case words with dots, not {kind!r}.")
    return kind


def _open(kind: str) -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(kind=_checked(kind), mended_at=None)


def _aside(kind: str) -> QuerySet[DeadLetter]:
    return _open(kind).filter(set_aside_at__isnull=False)


def _alarm(kind: str, letters: Sequence[DeadLetter]) -> None:
    if letters:
        first = letters[0]
        logger.error(
            "%s: %s set aside, see Attention. First: %s (attempt %s): %s",
            kind,
            "1 row" if len(letters) == 1 else f"{len(letters)} rows",
            first.key,
            first.attempts,
            first.error,
        )
