"""How far a run is, for whoever watches."""

from __future__ import annotations

from types import TracebackType

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from cs_platform.integrations.imports.models import ImportRun


class Progress:
    """
    Counts the rows that are done.

    It is written over a connection of its own: a trial is one long transaction that is rolled back, and nobody else
    would see from inside it how far it is.
    """

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._apart: BaseDatabaseWrapper | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._apart is not None:
            self._apart.close()

    def note(self, rows_done: int) -> None:
        if self._apart is None:
            self._apart = connection.copy()
        with self._apart.cursor() as cursor:
            cursor.execute("update integrations_importrun set rows_done = %s where id = %s", [rows_done, self.run.pk])
