"""
What changed since: pages of rows in the order of their last change, from which no row is ever missing.

A row's `changed_at` is stamped when it is written and seen when its transaction commits, perhaps much later: whoever
reads by that time alone passes it by. Rows also carry the number of the transaction that changed them last
(models.Fed), and a reader is given only what is below the oldest transaction that still runs: nothing can appear there
any more.
"""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection
from django.db.models import Q, QuerySet

from cs_platform.common.models import Fed

Row = TypeVar("Row", bound=Fed)

# The database's own clock may be set back a little.
MARGIN = dt.timedelta(seconds=1)


class BadCursor(ValueError):
    """The cursor is none that we gave."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader is: every change up to this transaction and row was given."""

    xid: int
    row: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.xid}.{self.row}".encode()).decode().rstrip("=")


def position(cursor: str) -> Position:
    """
    Return the position a cursor stands for.

    :raises BadCursor: when it is none of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        xid, row = base64.urlsafe_b64decode(padded.encode("ascii")).decode("ascii").split(".")
        found = Position(int(xid), int(row))
    except ValueError:
        raise BadCursor("Invalid cursor.") from None
    if not (0 <= found.xid < 2**63 and 0 <= found.row < 2**63):
        raise BadCursor("Invalid cursor.")
    return found


@dataclass(frozen=True, slots=True)
class Changes(Generic[Row]):
    """
    A page of changed rows.

    `as_of` is the instant, by the database's clock, up to which nothing is missing once there is no more.
    """

    rows: list[Row]
    next: Position
    has_more: bool
    as_of: dt.datetime


def changes(
    rows: QuerySet[Row],
    *,
    limit: int,
    after: Position | None = None,
    modified_since: dt.datetime | None = None,
) -> Changes[Row]:
    """
    Return the next page of `rows` in the order of their last change.

    Read on from `next`, for ever: a row that changes again comes again. Or ask later for what was modified since
    `as_of`, which may give rows twice and leaves none out.
    """
    with connection.cursor() as cursor:
        cursor.execute("select horizon, as_of from keel_feed_horizon()")
        horizon, as_of = cursor.fetchone()
    settled = rows.filter(changed_xid__lt=horizon)
    if modified_since is not None:
        settled = settled.filter(changed_at__gte=modified_since)
    if after is not None:
        settled = settled.filter(Q(changed_xid__gt=after.xid) | Q(changed_xid=after.xid, pk__gt=after.row))
    found = list(settled.order_by("changed_xid", "pk")[: limit + 1])
    page, has_more = found[:limit], len(found) > limit
    if has_more:
        reached = Position(page[-1].changed_xid, page[-1].pk)
    else:
        reached = Position(max(horizon, after.xid if after else 0), 0)
    return Changes(page, reached, has_more, as_of - MARGIN)
