from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from cs_platform.common import partitions


@dataclass(frozen=True, slots=True)
class Decided:
    """Why something was decided about a contact of an account (or about the account, without a membership)."""

    program_id: int
    version_number: int
    step_key: str
    account_id: int
    membership_id: int | None
    entry_key: str
    is_positive: bool
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


INSERT = """
insert into programs_decision (decided_at, program_id, version_number, step_key, account_id, membership_id, entry_key,
  is_positive, code, facts) values %s
"""


def append_decisions(decided: Sequence[Decided], *, now: dt.datetime) -> None:
    if not decided:
        return
    partitions.ensure("programs_decision", first=now.date(), last=now.date())
    rows = [
        (now, d.program_id, d.version_number, d.step_key, d.account_id, d.membership_id, d.entry_key, d.is_positive,
         d.code, json.dumps(dict(d.facts)))
        for d in decided
    ]  # fmt: skip
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, INSERT, rows, page_size=1000)
