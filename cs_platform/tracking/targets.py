"""Where a link of ours leads, looked up in the database and remembered."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)

from contacts.content.rules import evaluate_url

MOST_REMEMBERED = 50_000

FIND = """
select l.url, d.merge from contacts_link l
join contacts_delivery d on d.template_version_id = l.version_id
where l.id = %s and d.id = %s
"""


class Targets:
    """Answers where link `link_id` of delivery `delivery_id` leads; None for a link that is not in that message."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.plain: dict[int, str] = {}
        self.lock = threading.Lock()
        self.connection: Connection | None = None

    def remembered(self, link_id: int) -> str | None:
        return self.plain.get(link_id)

    def find(self, delivery_id: int, link_id: int) -> str | None:
        """
        Look the target up, once more on a fresh connection when the old one broke.

        :raises psycopg2.Error: when the database is away.
        """
        with self.lock:
            try:
                found = self._ask(delivery_id, link_id)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self.connection = None
                found = self._ask(delivery_id, link_id)
        if found is None:
            return None
        url, merge = found
        if "{{" in url:
            return evaluate_url(url, merge)
        if len(self.plain) < MOST_REMEMBERED:
            self.plain[link_id] = url
        return url

    def _ask(self, delivery_id: int, link_id: int) -> tuple[str, Mapping[str, Any]] | None:
        if self.connection is None:
            self.connection = psycopg2.connect(self.database_url)
            self.connection.autocommit = True
        with self.connection.cursor() as cursor:
            cursor.execute(FIND, [link_id, delivery_id])
            row = cursor.fetchone()
        return (row[0], row[1]) if row else None
