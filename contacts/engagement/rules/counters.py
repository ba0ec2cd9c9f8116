"""What one delivery's hits contribute to the counters of its mailing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

EVERY_LINK = 0


class CountedHit(NamedTuple):
    """A hit as far as counting goes; `verdict` is empty for kinds that know no human or machine."""

    kind: str
    verdict: str
    link_ref: int
    occurred_at: dt.datetime


class Key(NamedTuple):
    """One counter of a mailing: `link_ref` is 0 for all links together, `quarter_at` a UTC quarter-hour."""

    kind: str
    verdict: str
    link_ref: int
    quarter_at: dt.datetime


@dataclass(slots=True)
class Tally:
    total: int = 0
    uniques: int = 0


def contributions(hits: Iterable[CountedHit]) -> dict[Key, Tally]:
    """
    Return what one delivery adds to each counter.

    Every hit is one of the total. The first hit of a kind and verdict is the unique one, and belongs to the quarter
    of an hour in which it fell, so the uniques of any period are a sum of its quarters. A click counts for all links
    together and for its own link.
    """
    counted: dict[Key, Tally] = {}
    seen: set[tuple[str, str, int]] = set()
    for hit in sorted(hits, key=lambda hit: hit.occurred_at):
        for link_ref in {EVERY_LINK, hit.link_ref}:
            tally = counted.setdefault(Key(hit.kind, hit.verdict, link_ref, quarter_of(hit.occurred_at)), Tally())
            tally.total += 1
            first = (hit.kind, hit.verdict, link_ref)
            if first not in seen:
                seen.add(first)
                tally.uniques += 1
    return counted


def quarter_of(instant: dt.datetime) -> dt.datetime:
    """Return the beginning of the UTC quarter-hour an instant lies in."""
    utc = instant.astimezone(dt.UTC)
    return utc.replace(minute=utc.minute // 15 * 15, second=0, microsecond=0)
