"""Take in accounts by their external ids, many at a time: what the API and the imports have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from accounts.book.models import Account, ExternalId
from accounts.book.operations import external_ids
from accounts.book.operations.accounts import AccountFacts, assign_csms
from accounts.book.operations.hierarchy import HierarchyLoop, lock_families, set_parents
from accounts.team.models import User
from cs_platform.common.bulk import update_rows
from cs_platform.common.outcomes import Outcome, accepted, apply_rows

KIND = ExternalId.Kind.ACCOUNT


@dataclass(frozen=True, slots=True)
class AccountRow:
    """
    An account as the outside knows it; facts that are left out stay as they are.

    `if_new` are guesses for an account we do not have yet, where the facts are silent. `parent` is an external id of
    the same system and `csm` a user's address; None says nothing, "" says there is none.
    """

    external_id: str
    facts: AccountFacts = field(default_factory=AccountFacts)
    if_new: AccountFacts = field(default_factory=AccountFacts)
    parent: str | None = None
    csm: str | None = None


def upsert_accounts(
    *, system: str, rows: Sequence[AccountRow], viewer: User | None, today: dt.date, all_or_none: bool = False
) -> list[Outcome]:
    """
    Add or change accounts by external id and return what became of each row, in the order given.

    The values must fit their fields already; references (parent, CSM), repeated names and what `viewer` may see are
    checked here. A few statements, however many rows.
    """
    looping: set[str] = set()

    def apply() -> list[Outcome]:
        while True:
            upsert = _Upsert(system, rows, viewer, today, looping)
            try:
                with transaction.atomic():
                    return upsert.run()
            except HierarchyLoop as loop:
                looping.update(upsert.names_of(loop.account_ids))

    return apply_rows(apply, all_or_none=all_or_none)


class _Upsert:
    def __init__(
        self, system: str, rows: Sequence[AccountRow], viewer: User | None, today: dt.date, looping: set[str]
    ) -> None:
        self.system, self.rows, self.viewer, self.today, self.looping = system, rows, viewer, today, looping
        self.outcomes = external_ids.checked(system, [row.external_id for row in rows])
        self.by_name = {outcome.external_id: index for index, outcome in enumerate(self.outcomes)}
        self.accounts: dict[int, Account] = {}  # by position
        self.csms: dict[str, int] = {}

    def run(self) -> list[Outcome]:
        known = external_ids.lookup(system=self.system, kind=KIND, names=[o.external_id for o in self.outcomes])
        parents = external_ids.resolve(
            system=self.system, kind=KIND, names={row.parent for row in self.rows if row.parent}
        )
        self._lock_families(known, parents)
        self._find(known)
        self._find_csms()
        self._refuse_bad_parents(parents)
        self._change()
        self._create()
        self._move(parents)
        self._assign()
        return self.outcomes

    def names_of(self, account_ids: frozenset[int]) -> set[str]:
        return {self.outcomes[i].external_id for i, account in self.accounts.items() if account.pk in account_ids}

    # Families are locked before the accounts of the rows, if one of them moves.
    def _lock_families(self, known: Mapping[str, int], parents: Mapping[str, int]) -> None:
        if all(row.parent is None for row in self.rows):
            return
        above = dict(Account.objects.filter(pk__in=known.values()).values_list("pk", "parent_id"))
        moves = any(
            (row.parent is not None and above.get(known.get(outcome.external_id, 0)) != parents.get(row.parent))
            or (row.parent and row.parent not in parents)
            for row, outcome in zip(self.rows, self.outcomes, strict=True)
        )
        if moves:
            lock_families([*known.values(), *parents.values()])

    def _find(self, known: Mapping[str, int]) -> None:
        existing = Account.objects.select_for_update(no_key=True).order_by("pk").in_bulk(list(known.values()))
        visible = set(external_ids.visible_accounts(self.viewer).filter(pk__in=existing).values_list("pk", flat=True))
        may_hide = external_ids.sees_pubsec(self.viewer)
        for index, (row, outcome) in enumerate(zip(self.rows, self.outcomes, strict=True)):
            if outcome.external_id in known:
                self.accounts[index] = existing[known[outcome.external_id]]
                if self.accounts[index].pk not in visible:
                    outcome.refuse(
                        "forbidden", "You don't have access to the account with this external ID.", "external_id"
                    )
            elif not row.facts.get("name"):
                outcome.refuse("required", "Name is required for a new account.", "name")
            if row.facts.get("is_pubsec") and not may_hide:
                outcome.refuse(
                    "forbidden",
                    "You don't have access to public-sector accounts, so you can't create one.",
                    "is_pubsec",
                )

    def _find_csms(self) -> None:
        wanted = {row.csm.lower() for row in self.rows if row.csm}
        if not wanted:
            return
        self.csms = dict(User.objects.filter(email__in=wanted, is_active=True).values_list("email", "pk"))
        for row, outcome in zip(self.rows, self.outcomes, strict=True):
            if row.csm and row.csm.lower() not in self.csms:
                outcome.refuse("unknown_user", f"No active user has the email {row.csm}.", "csm")

    # A parent may also be another row of the same call.
    def _refuse_bad_parents(self, known: Mapping[str, int]) -> None:
        for outcome in self.outcomes:
            if outcome.external_id in self.looping:
                outcome.refuse("hierarchy_loop", "An account can't be its own parent.", "parent")
        # A row whose parent is refused has no parent either, and so on down.
        while orphans := [i for i in accepted(self.outcomes) if not self._has_parent(i, known)]:
            for index in orphans:
                message = f"No account has the external ID {self.rows[index].parent} (parent)."
                self.outcomes[index].refuse("unknown_parent", message, "parent")

    def _has_parent(self, index: int, known: Mapping[str, int]) -> bool:
        parent = self.rows[index].parent
        return not parent or parent in known or self._row_called(parent) is not None

    # Return the position of the standing row with this external id, in either spelling.
    def _row_called(self, name: str) -> int | None:
        (asked,) = external_ids.checked(self.system, [name])
        index = self.by_name.get(asked.external_id)
        return None if index is None or self.outcomes[index].is_refused else index

    def _change(self) -> None:
        changed: list[Account] = []
        fields: set[str] = set()
        for index in accepted(self.outcomes):
            account = self.accounts.get(index)
            if account is None:
                continue
            facts = self.rows[index].facts
            different = [name for name, value in facts.items() if getattr(account, name) != value]
            for name in different:
                setattr(account, name, facts[name])  # type: ignore[literal-required]
            if different:
                changed.append(account)
                fields.update(different)
            outcome = self.outcomes[index]
            outcome.pk, outcome.uuid, outcome.is_changed = account.pk, account.uuid, bool(different)
        update_rows(changed, sorted(fields))

    def _create(self) -> None:
        new = [index for index in accepted(self.outcomes) if index not in self.accounts]
        made = Account.objects.bulk_create(
            Account(**{**self.rows[index].if_new, **self.rows[index].facts}) for index in new
        )
        external_ids.assign(
            system=self.system,
            kind=KIND,
            names={self.outcomes[index].external_id: account.pk for index, account in zip(new, made, strict=True)},
        )
        for index, account in zip(new, made, strict=True):
            self.accounts[index] = account
            outcome = self.outcomes[index]
            outcome.pk, outcome.uuid, outcome.is_created = account.pk, account.uuid, True

    def _move(self, known: Mapping[str, int]) -> None:
        parents: dict[int, int | None] = {}
        for index in accepted(self.outcomes):
            parent = self.rows[index].parent
            if parent is None:
                continue
            row = self._row_called(parent) if parent else None
            parent_id = (self.accounts[row].pk if row is not None else known[parent]) if parent else None
            self._note(index, is_different=self.accounts[index].parent_id != parent_id)
            parents[self.accounts[index].pk] = parent_id
        set_parents(parents=parents)

    def _assign(self) -> None:
        wanted = {
            index: self.csms[csm.lower()] if csm else None
            for index in accepted(self.outcomes)
            if (csm := self.rows[index].csm) is not None
        }
        for index, csm_id in wanted.items():
            self._note(index, is_different=self.accounts[index].csm_id != csm_id)
        assign_csms(csm_by_account={self.accounts[i].pk: csm for i, csm in wanted.items()}, on=self.today)

    def _note(self, index: int, *, is_different: bool) -> None:
        outcome = self.outcomes[index]
        outcome.is_changed = outcome.is_changed or (is_different and not outcome.is_created)
