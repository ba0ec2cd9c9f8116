from __future__ import annotations

from collections.abc import Iterable

from accounts.timeline.models import Entry


def record(*, entries: Iterable[Entry]) -> None:
    """
    Append unsaved entries to their accounts' timelines.

    An entry whose `source_key` is there already is left out, so a repeated task or import writes nothing twice.
    """
    Entry.objects.bulk_create(entries, ignore_conflicts=True, batch_size=2000)
