"""External ids of our rows: which row does the name stand for, and may the name be given?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from accounts.book.models import Account, AccountQuerySet, ExternalId
from accounts.book.rules import BadSalesforceId, to_salesforce_18
from accounts.team.models import Permission, User
from cs_platform.common.models import Public
from cs_platform.common.outcomes import Outcome, accepted

SALESFORCE = "salesforce"
LONGEST_NAME = 120
LONGEST_SYSTEM = 30


def normalize(system: str, name: str) -> str:
    """
    Return the one spelling under which an external id is kept: of Salesforce's two, the longer.

    :raises BadSalesforceId: saying what is wrong with it.
    """
    return to_salesforce_18(name) if system == SALESFORCE else name.strip()


def normalized(system: str, name: str) -> str:
    """Return an external id as it is kept; one that cannot be, as it came."""
    return _checked(system, name).external_id


def checked(system: str, names: Iterable[str]) -> list[Outcome]:
    """Return an outcome for each row's own external id; those whose name cannot be, or is there twice, are refused."""
    outcomes = [_checked(system, name) for name in names]
    times = Counter(outcome.external_id for outcome in outcomes if outcome.external_id)
    for index, outcome in enumerate(outcomes):
        if times[outcome.external_id] > 1:
            others = [str(i) for i, o in enumerate(outcomes) if o.external_id == outcome.external_id and i != index]
            outcome.refuse("repeated", f"Row {', '.join(others[:5])} has the same external ID.", "external_id")
    return outcomes


def _checked(system: str, name: str) -> Outcome:
    outcome = Outcome(external_id=name.strip())
    if len(system) > LONGEST_SYSTEM:
        outcome.refuse("too_long", f"The system name is longer than {LONGEST_SYSTEM} characters.", "system")
    elif "\0" in name:
        outcome.refuse("invalid", "The external ID contains a null character.", "external_id")
    elif not outcome.external_id:
        outcome.refuse("required", "External ID is required.", "external_id")
    elif len(name) > LONGEST_NAME:
        outcome.refuse("too_long", f"The external ID is longer than {LONGEST_NAME} characters.", "external_id")
    else:
        try:
            outcome.external_id = normalize(system, name)
        except BadSalesforceId as error:
            outcome.refuse("bad_salesforce_id", str(error), "external_id")
    return outcome


def resolve(*, system: str, kind: str, names: Iterable[str]) -> dict[str, int]:
    """Return the row number that each external id, spelled as it came, refers to; what refers to nothing is absent."""
    kept = {name: normalized(system, name) for name in set(names)}
    found = lookup(system=system, kind=kind, names=kept.values())
    return {name: found[as_kept] for name, as_kept in kept.items() if as_kept in found}


def visible_accounts(viewer: User | None) -> AccountQuerySet:
    """Return the accounts a caller may see; None is the house itself, at the command line, and sees all."""
    return Account.objects.all() if viewer is None else Account.objects.for_viewer(viewer)


def sees_pubsec(viewer: User | None) -> bool:
    return viewer is None or viewer.may(Permission.SEE_PUBSEC)


def lookup(*, system: str, kind: str, names: Iterable[str]) -> dict[str, int]:
    """Return the row number each external id stands for; unknown names are absent."""
    possible = {name for name in names if "\0" not in name}
    known = ExternalId.objects.filter(system=system, kind=kind, external_id__in=possible)
    return dict(known.values_list("external_id", "object_id"))


def assign(*, system: str, kind: str, names: Mapping[str, int]) -> None:
    """Let external ids stand for our rows. A row may have several; a name that is given stays where it is."""
    # In one order for all, so that two who give the same names at once wait for each other at the first of them.
    ExternalId.objects.bulk_create(
        (ExternalId(system=system, kind=kind, external_id=name, object_id=pk) for name, pk in sorted(names.items())),
        batch_size=5000,
    )


class RowsAtAccounts:
    """Rows that stand at accounts: which account, and which row of ours each one is."""

    def __init__(self, system: str, kind: str, rows: Sequence[tuple[str, str]], viewer: User | None) -> None:
        """Take pairs of a row's own external id and its account's."""
        self.system, self.kind = system, kind
        self.outcomes = checked(system, [name for name, _ in rows])
        names = [outcome.external_id for outcome in self.outcomes]
        self.known = lookup(system=system, kind=kind, names=names)
        accounts = resolve(system=system, kind=ExternalId.Kind.ACCOUNT, names=[name for _, name in rows])
        found = Account.objects.in_bulk(list(accounts.values()))
        visible = set(visible_accounts(viewer).filter(pk__in=found).values_list("pk", flat=True))
        self.accounts: dict[int, int] = {}  # by position
        for index, (_, account) in enumerate(rows):
            number = accounts.get(account)
            if number is None:
                self.outcomes[index].refuse("unknown_account", f"No account has the external ID {account}.", "account")
            elif number not in visible:
                self.outcomes[index].refuse("forbidden", "You don't have access to this account.", "account")
            else:
                self.accounts[index] = number

    def number_of(self, index: int) -> int | None:
        return self.known.get(self.outcomes[index].external_id)

    def refuse_moved(self, owners: Mapping[int, int]) -> None:
        """Refuse rows about something of ours that stands at another account (`owners` by its number)."""
        for index in accepted(self.outcomes):
            number = self.number_of(index)
            if number is not None and owners[number] != self.accounts[index]:
                self.outcomes[index].refuse("moved", "It already belongs to another account.", "account")

    def name(self, made: Mapping[int, Public]) -> None:
        names = {self.outcomes[index].external_id: row.pk for index, row in made.items()}
        assign(system=self.system, kind=self.kind, names=names)
        for index, row in made.items():
            outcome = self.outcomes[index]
            outcome.pk, outcome.uuid, outcome.is_created = row.pk, row.uuid, True
