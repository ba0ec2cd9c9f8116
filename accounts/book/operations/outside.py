"""Outside names of our rows: which row does the name stand for, and may the name be given?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from accounts.book.models import Account, AccountQuerySet, ExternalId
from accounts.book.rules import BadSalesforceId, to_salesforce_18
from accounts.team.models import Permission, User
from cs_platform.common.outcomes import Outcome

SALESFORCE = "salesforce"
LONGEST_NAME = 120
LONGEST_SYSTEM = 30


def outside_name(system: str, name: str) -> str:
    """
    Return the one spelling under which an outside name is kept: of Salesforce's two, the longer.

    :raises BadSalesforceId: saying what is wrong with it.
    """
    return to_salesforce_18(name) if system == SALESFORCE else name.strip()


def spelled(system: str, name: str) -> str:
    """Return an outside name as it is kept; one that cannot be, as it came."""
    return _arriving(system, name).external_id


def arriving(system: str, names: Iterable[str]) -> list[Outcome]:
    """Return an outcome for each row's own outside name; those whose name cannot be, or is there twice, are refused."""
    outcomes = [_arriving(system, name) for name in names]
    times = Counter(outcome.external_id for outcome in outcomes if outcome.external_id)
    for index, outcome in enumerate(outcomes):
        if times[outcome.external_id] > 1:
            others = [str(i) for i, o in enumerate(outcomes) if o.external_id == outcome.external_id and i != index]
            outcome.refuse(
                "repeated", f"The same external id stands in row {', '.join(others[:5])} too.", "external_id"
            )
    return outcomes


def _arriving(system: str, name: str) -> Outcome:
    outcome = Outcome(external_id=name.strip())
    if len(system) > LONGEST_SYSTEM:
        outcome.refuse("too_long", f"The system's name is longer than {LONGEST_SYSTEM} characters.", "system")
    elif "\0" in name:
        outcome.refuse("invalid", "The external id has a null character.", "external_id")
    elif not outcome.external_id:
        outcome.refuse("required", "The external id is missing.", "external_id")
    elif len(name) > LONGEST_NAME:
        outcome.refuse("too_long", f"The external id is longer than {LONGEST_NAME} characters.", "external_id")
    else:
        try:
            outcome.external_id = outside_name(system, name)
        except BadSalesforceId as error:
            outcome.refuse("bad_salesforce_id", str(error), "external_id")
    return outcome


def referred(*, system: str, kind: str, names: Iterable[str]) -> dict[str, int]:
    """Return the row number that each outside name, spelled as it came, refers to; what refers to nothing is absent."""
    kept = {name: spelled(system, name) for name in set(names)}
    found = found_by(system=system, kind=kind, names=kept.values())
    return {name: found[as_kept] for name, as_kept in kept.items() if as_kept in found}


def visible(viewer: User | None) -> AccountQuerySet:
    """Return the accounts a caller may see; None is the house itself, at the command line, and sees all."""
    return Account.objects.all() if viewer is None else Account.objects.for_viewer(viewer)


def sees_pubsec(viewer: User | None) -> bool:
    return viewer is None or viewer.may(Permission.SEE_PUBSEC)


def found_by(*, system: str, kind: str, names: Iterable[str]) -> dict[str, int]:
    """Return the row number each outside name stands for; unknown names are absent."""
    possible = {name for name in names if "\0" not in name}
    known = ExternalId.objects.filter(system=system, kind=kind, external_id__in=possible)
    return dict(known.values_list("external_id", "object_id"))


def name_outside(*, system: str, kind: str, names: Mapping[str, int]) -> None:
    """Let outside names stand for our rows. A row may have several; a name that is given stays where it is."""
    # In one order for all, so that two who give the same names at once wait for each other at the first of them.
    ExternalId.objects.bulk_create(
        (ExternalId(system=system, kind=kind, external_id=name, object_id=pk) for name, pk in sorted(names.items())),
        batch_size=5000,
    )


def standing(outcomes: Sequence[Outcome]) -> Collection[int]:
    return [index for index, outcome in enumerate(outcomes) if not outcome.is_refused]
