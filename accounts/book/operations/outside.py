"""Outside names of our rows: which row does the name stand for, and may the name be given?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from accounts.book.models import ExternalId
from cs_platform.common.outcomes import Outcome


def outside_name(system: str, name: str) -> str:
    """Return the one spelling under which an outside name is kept: of Salesforce's two, the longer."""
    return name


def found_by(*, system: str, kind: str, names: Iterable[str]) -> dict[str, int]:
    """Return the row number each outside name stands for; unknown names are absent."""
    known = ExternalId.objects.filter(system=system, kind=kind, external_id__in=set(names))
    return dict(known.values_list("external_id", "object_id"))


def name_outside(*, system: str, kind: str, names: Mapping[str, int]) -> None:
    """Let outside names stand for our rows. A row may have several; a name that is given stays where it is."""
    ExternalId.objects.bulk_create(
        (ExternalId(system=system, kind=kind, external_id=name, object_id=pk) for name, pk in names.items()),
        batch_size=5000,
    )


def refuse_repeated(outcomes: Sequence[Outcome]) -> None:
    """Refuse every row whose outside name stands in another row of the same call as well: which one is meant?"""
    times = Counter(outcome.external_id for outcome in outcomes)
    for index, outcome in enumerate(outcomes):
        if times[outcome.external_id] > 1:
            others = [str(i) for i, o in enumerate(outcomes) if o.external_id == outcome.external_id and i != index]
            outcome.refuse(
                "repeated", f"The same external id stands in row {', '.join(others[:5])} too.", "external_id"
            )


def refuse_nameless(outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.external_id:
            outcome.refuse("required", "The external id is missing.", "external_id")
        elif len(outcome.external_id) > 120:
            outcome.refuse("too_long", "The external id is longer than 120 characters.", "external_id")


def standing(outcomes: Sequence[Outcome]) -> Collection[int]:
    """Return the positions of the rows that are not refused."""
    return [index for index, outcome in enumerate(outcomes) if not outcome.is_refused]
