"""Rows that arrive about accounts: which account, and which row of ours each one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.book.models import Account, ExternalId
from accounts.book.operations import outside
from accounts.contracts.models import Opportunity, Subscription
from accounts.team.models import User


class AtAccounts:
    """Rows that stand at accounts: which account, and which row of ours each one is."""

    def __init__(self, system: str, kind: str, rows: Sequence[tuple[str, str]], viewer: User | None) -> None:
        """Take pairs of a row's own external id and its account's."""
        self.system, self.kind = system, kind
        self.outcomes = outside.arriving(system, [name for name, _ in rows])
        names = [outcome.external_id for outcome in self.outcomes]
        self.known = outside.found_by(system=system, kind=kind, names=names)
        accounts = outside.referred(system=system, kind=ExternalId.Kind.ACCOUNT, names=[name for _, name in rows])
        found = Account.objects.in_bulk(list(accounts.values()))
        visible = set(outside.visible(viewer).filter(pk__in=found).values_list("pk", flat=True))
        self.accounts: dict[int, int] = {}  # by position
        for index, (_, account) in enumerate(rows):
            number = accounts.get(account)
            if number is None:
                self.outcomes[index].refuse(
                    "unknown_account", f"No account is known by the external id {account}.", "account"
                )
            elif number not in visible:
                self.outcomes[index].refuse("forbidden", "You may not see this account.", "account")
            else:
                self.accounts[index] = number

    def number_of(self, index: int) -> int | None:
        return self.known.get(self.outcomes[index].external_id)

    def refuse_moved(self, owners: Mapping[int, int]) -> None:
        """Refuse rows about something of ours that stands at another account (`owners` by its number)."""
        for index in outside.standing(self.outcomes):
            number = self.number_of(index)
            if number is not None and owners[number] != self.accounts[index]:
                self.outcomes[index].refuse("moved", "It belongs to another account already.", "account")

    def name(self, made: Mapping[int, Subscription] | Mapping[int, Opportunity]) -> None:
        names = {self.outcomes[index].external_id: row.pk for index, row in made.items()}
        outside.name_outside(system=self.system, kind=self.kind, names=names)
        for index, row in made.items():
            outcome = self.outcomes[index]
            outcome.pk, outcome.uuid, outcome.is_created = row.pk, row.uuid, True
