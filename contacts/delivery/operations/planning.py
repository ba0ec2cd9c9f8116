from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg2.extras import execute_values

from contacts.delivery.models import Mailing

PAGE = 1000
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """One message that should leave: the key (mailing, person, occurrence) and all that sending it takes."""

    mailing_id: int
    person_id: int
    occurrence: str
    membership_id: int | None
    account_id: int | None
    sender_id: int
    template_version_id: int
    program_version: int | None
    participant_ref: int | None
    category: str
    address: str
    merge: dict[str, str]
    due_at: dt.datetime

    @property
    def key(self) -> Key:
        return self.mailing_id, self.person_id, self.occurrence


INSERT = """
insert into contacts_delivery (mailing_id, person_id, occurrence, membership_id, account_id, sender_id,
  template_version_id, program_version, participant_ref, category, address, merge, due_at, planned_at, state,
  reason, detail, worker, attempts, transport, provider_id, bounce_class)
values %s
on conflict (mailing_id, person_id, occurrence) do nothing
returning mailing_id, person_id, occurrence
"""
ROW = "(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,'planned','','','',0,'','','')"


def plan(deliveries: Sequence[Planned], *, now: dt.datetime) -> list[Planned]:
    """
    Write what should leave; a key that stands already is left as it is. Return those that were new.

    Planning the same message twice, from two workers or after a crash, plans it once. Of several with one key the
    first is written.
    """
    by_key: dict[Key, Planned] = {}
    for planned in deliveries:
        by_key.setdefault(planned.key, planned)
    rows = [
        (
            p.mailing_id, p.person_id, p.occurrence, p.membership_id, p.account_id, p.sender_id,
            p.template_version_id, p.program_version, p.participant_ref, p.category, p.address,
            json.dumps(p.merge), p.due_at, now,
        )
        for p in by_key.values()
    ]  # fmt: skip
    if not rows:
        return []
    with connection.cursor() as cursor:
        written = execute_values(cursor.cursor, INSERT, rows, template=ROW, page_size=PAGE, fetch=True)
    return [by_key[key] for key in written]


def ensure_mailing(
    *, kind: str, key: str, name: str, message_class: str, program_ref: int | None = None, position: int = 0
) -> Mailing:
    """Return the mailing with this key, made or renamed; its key, and so its counters, stay for good."""
    mailing, _ = Mailing.objects.update_or_create(
        key=key,
        defaults={
            "kind": kind,
            "name": name,
            "message_class": message_class,
            "program_ref": program_ref,
            "position": position,
        },
    )
    return mailing
