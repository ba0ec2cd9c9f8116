from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contacts.content.models import Link, TemplateVersion
from contacts.content.rules import Compiled


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen email with the numbers its links have in the database, by their number in the text."""

    version_id: int
    subject: str
    compiled: Compiled
    link_ids: dict[int, int]


def frozen(version_ids: Iterable[int]) -> dict[int, Frozen]:
    """Return the frozen emails with these numbers, ready to be filled; two queries however many."""
    wanted = set(version_ids)
    links: dict[int, dict[int, int]] = {number: {} for number in wanted}
    for version_id, number, link_id in Link.objects.filter(version__in=wanted).values_list(
        "version_id", "number", "id"
    ):
        links[version_id][number] = link_id
    return {
        pk: Frozen(pk, subject, Compiled.from_json(stored), links[pk])
        for pk, subject, stored in TemplateVersion.objects.filter(pk__in=wanted).values_list(
            "id", "subject", "compiled"
        )
    }
