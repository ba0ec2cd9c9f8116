"""What became of mailings: sums over the counters, as numerators and denominators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.engagement.rules import RULE_VERSION


@dataclass(frozen=True, slots=True)
class Count:
    total: int = 0
    uniques: int = 0


COUNTED = ("opened", "clicked", "machine_opened", "machine_clicked", "unknown_opened", "unknown_clicked")


@dataclass(frozen=True, slots=True)
class Engagement:
    """
    What became of mailings in a period: numerators and denominators, never a rate alone.

    delivered = sent minus bounced; opened and clicked count people whom a human rule judged; machine and unknown
    stand beside them, out of the rate.
    """

    sent: int
    bounced: int
    opened: Count
    clicked: Count
    machine_opened: Count
    machine_clicked: Count
    unknown_opened: Count
    unknown_clicked: Count
    unsubscribed: int
    complained: int

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced

    @classmethod
    def none(cls) -> Engagement:
        return cls.summed(())

    @classmethod
    def summed(cls, parts: Iterable[Engagement]) -> Engagement:
        """Return the sum; a person counted in two mailings counts in both."""
        several = list(parts)
        counts: dict[str, Count] = {}
        for name in COUNTED:
            own: list[Count] = [getattr(part, name) for part in several]
            counts[name] = Count(sum(count.total for count in own), sum(count.uniques for count in own))
        return cls(
            sent=sum(part.sent for part in several),
            bounced=sum(part.bounced for part in several),
            unsubscribed=sum(part.unsubscribed for part in several),
            complained=sum(part.complained for part in several),
            **counts,
        )


def engagement(
    mailing_ids: Collection[int],
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    program_version: int | None = None,
) -> Engagement:
    """Return the summed counters of these mailings in [since, until)."""
    by_mailing = engagement_by_mailing(mailing_ids, since=since, until=until, program_version=program_version)
    return Engagement.summed(by_mailing.values())


COUNTERS = """
select mailing_id, kind, verdict, sum(total), sum(uniques) from contacts_bucket
where mailing_id = any(%(mailings)s) and link_ref = 0 and rule_version in (0, %(rules)s)
  and (%(since)s::timestamptz is null or quarter_at >= %(since)s)
  and (%(until)s::timestamptz is null or quarter_at < %(until)s)
  and (%(version)s::int is null or program_version = %(version)s)
group by 1, 2, 3
"""


def engagement_by_mailing(
    mailing_ids: Collection[int],
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    program_version: int | None = None,
) -> dict[int, Engagement]:
    """Return the counters of each of these mailings in [since, until); every mailing has an entry."""
    counts: dict[int, dict[tuple[str, str], Count]] = {number: {} for number in mailing_ids}
    values: dict[str, Any] = {
        "mailings": list(mailing_ids),
        "rules": RULE_VERSION,
        "since": since,
        "until": until,
        "version": program_version,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNTERS, values)
        for mailing, kind, verdict, total, uniques in cursor.fetchall():
            counts[mailing][kind, verdict] = Count(int(total), int(uniques))
    return {number: _engagement(found) for number, found in counts.items()}


def _engagement(found: dict[tuple[str, str], Count]) -> Engagement:
    def count(kind: str, verdict: str = "") -> Count:
        return found.get((kind, verdict), Count())

    return Engagement(
        sent=count("sent").total,
        bounced=count("bounced").uniques,
        opened=count("opened", "human"),
        clicked=count("clicked", "human"),
        machine_opened=count("opened", "machine"),
        machine_clicked=count("clicked", "machine"),
        unknown_opened=count("opened", "unknown"),
        unknown_clicked=count("clicked", "unknown"),
        unsubscribed=count("unsubscribed").uniques,
        complained=count("complained").uniques,
    )
