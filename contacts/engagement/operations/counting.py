from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from psycopg2.extras import execute_values

from contacts.engagement.rules import RULE_VERSION, CountedHit, Key, contributions

UPSERT = """
insert into contacts_bucket (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at, total,
  uniques)
values %s
on conflict (mailing_id, program_version, link_ref, kind, verdict, rule_version, quarter_at)
do update set total = contacts_bucket.total + excluded.total, uniques = contacts_bucket.uniques + excluded.uniques
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a delivery's counters hang on."""

    mailing_id: int
    program_version: int


def apply_counts(
    subjects: Mapping[int, Subject],
    *,
    before: Mapping[int, Iterable[CountedHit]],
    after: Mapping[int, Iterable[CountedHit]],
) -> None:
    """
    Move the counters by what changed: for each delivery, its contribution now minus its contribution before.

    A delivery's contribution is a pure function of its hits (rules.contributions), so counters moved this way always
    equal counters built anew.
    """
    totals: Counter[tuple[int, int, Key]] = Counter()
    uniques: Counter[tuple[int, int, Key]] = Counter()
    for delivery_id, subject in subjects.items():
        for sign, hits in ((-1, before.get(delivery_id, ())), (1, after.get(delivery_id, ()))):
            for key, count in contributions(hits).items():
                place = (subject.mailing_id, subject.program_version, key)
                totals[place] += sign * count.total
                uniques[place] += sign * count.uniques
    rows = [
        (mailing, version, key.link_ref, key.kind, key.verdict, RULE_VERSION, key.quarter_at, total, uniques[place])
        for place, total in sorted(totals.items(), key=repr)
        for mailing, version, key in [place]
        if total or uniques[place]
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, UPSERT, rows, page_size=1000)
