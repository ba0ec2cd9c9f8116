"""Rows of contacts as they arrive: who and where each one is, and which of them cannot be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.book.models import Account, ExternalId
from accounts.book.operations import outside
from accounts.team.models import User
from contacts.people.models import Membership, Person, Source
from contacts.people.operations.contacts import PersonFacts
from contacts.people.selectors import picklist

KIND = ExternalId.Kind.CONTACT


@dataclass(frozen=True, slots=True)
class ContactRow:
    """
    A contact as the outside knows it: somebody at an account. What is None, or left out of `person`, stays as it is.

    `account` is an external id of the same system or our own uuid. `ordered_date` makes them a Sold-To contact.
    `is_opted_out` is heeded by consent.operations.take_in_contacts, and only when true: a list never opts anybody in.
    """

    external_id: str
    account: str | UUID | None = None
    person: PersonFacts = field(default_factory=PersonFacts)
    roles: Sequence[str] | None = None
    access: str | None = None
    is_active: bool | None = None
    ordered_date: dt.date | None = None
    is_opted_out: bool = False


@dataclass(frozen=True, slots=True)
class By:
    """In whose name rows come in: what they may see, and what the history will say."""

    viewer: User | None
    actor: str
    source: Source
    now: dt.datetime


class Arrivals:
    """What stands behind each row, by its position; a row that cannot be is refused in `outcomes`."""

    def __init__(self, system: str, rows: Sequence[ContactRow], by: By) -> None:
        self.system, self.rows, self.by = system, rows, by
        self.outcomes = outside.arriving(system, [row.external_id for row in rows])
        self.accounts: dict[int, Account] = {}  # these four by position
        self.memberships: dict[int, Membership] = {}
        self.people: dict[int, Person] = {}
        self.known: dict[str, int] = {}

    def find(self) -> None:
        self._find_memberships()
        self._find_accounts()
        self._refuse_unknown_roles()
        self._find_people()
        self._refuse_taken_addresses()

    def _find_memberships(self) -> None:
        names = [outcome.external_id for outcome in self.outcomes]
        self.known = outside.found_by(system=self.system, kind=KIND, names=names)
        locked = Membership.objects.select_for_update(of=("self",)).select_related("person", "account").order_by("pk")
        found = locked.in_bulk(list(self.known.values()))
        for index, outcome in enumerate(self.outcomes):
            if outcome.external_id in self.known:
                self.memberships[index] = found[self.known[outcome.external_id]]

    def _find_accounts(self) -> None:
        wanted = {row.account for row in self.rows if row.account is not None}
        names = [name for name in wanted if isinstance(name, str)]
        numbers = outside.referred(system=self.system, kind=ExternalId.Kind.ACCOUNT, names=names)
        by_number = Account.objects.in_bulk(list(numbers.values()))
        by_name: dict[str | UUID, Account] = {name: by_number[number] for name, number in numbers.items()}
        by_name |= {a.uuid: a for a in Account.objects.filter(uuid__in=[n for n in wanted if isinstance(n, UUID)])}
        may_see_all = outside.sees_pubsec(self.by.viewer)
        for index, (row, outcome) in enumerate(zip(self.rows, self.outcomes, strict=True)):
            account = by_name.get(row.account) if row.account is not None else None
            here = self.memberships.get(index)
            if row.account is None and here is None:
                outcome.refuse("required", "A new contact needs the account they are at.", "account")
            elif row.account is not None and account is None:
                outcome.refuse("unknown_account", f"No account is known by {row.account}.", "account")
            elif here is not None and account is not None and here.account_id != account.pk:
                message = f"The contact is at {here.account.name}; a contact does not move to another account."
                outcome.refuse("contact_moved", message, "account")
            else:
                self.accounts[index] = account or self.memberships[index].account
                if self.accounts[index].is_pubsec and not may_see_all:
                    outcome.refuse("forbidden", "You may not see this account.", "account")

    def _refuse_unknown_roles(self) -> None:
        offered = set(picklist().values_list("key", flat=True))
        for index, row in enumerate(self.rows):
            held = set(self.memberships[index].roles) if index in self.memberships else set()
            if unknown := set(row.roles or ()) - offered - held:
                message = f"No GitLab role is called {', '.join(sorted(unknown))}."
                self.outcomes[index].refuse("unknown_role", message, "roles")

    # Find the person of each row: the contact's own, else the one who has the address, wherever they are.
    def _find_people(self) -> None:
        emails = {email for row in self.rows if (email := row.person.get("email"))}
        living = Person.objects.filter(email__in=emails, merged_into=None, erased_at=None)
        by_email = {person.email: person for person in living}
        pairs = Membership.objects.filter(
            person__in=by_email.values(), account__in={a.pk for a in self.accounts.values()}
        )
        at = {(m.person_id, m.account_id): m for m in pairs.select_for_update(of=("self",)).order_by("pk")}
        shared_objects = {person.pk: person for person in by_email.values()}
        for index in outside.standing(self.outcomes):
            if index in self.memberships:
                own = self.memberships[index].person
                self.people[index] = shared_objects.setdefault(own.pk, own)
            elif person := by_email.get(self.rows[index].person.get("email")):
                self.people[index] = person
                if membership := at.get((person.pk, self.accounts[index].pk)):
                    self.memberships[index] = membership

    # Refuse rows that would give one person's address to another, or move the address of somebody shared.
    def _refuse_taken_addresses(self) -> None:
        owners = {person.email: person.pk for person in self.people.values()}
        emails = {email for row in self.rows if (email := row.person.get("email"))}
        living = Person.objects.filter(email__in=emails, merged_into=None, erased_at=None)
        owners |= dict(living.values_list("email", "pk"))
        shared = self.shared()
        for index in outside.standing(self.outcomes):
            person, email = self.people.get(index), self.rows[index].person.get("email")
            if person is None or not email or person.email == email:
                continue
            if owners.setdefault(email, person.pk) != person.pk:
                self.outcomes[index].refuse("address_taken", f"{email} is another person's address.", "email")
            elif person.email and person.pk in shared:
                message = f"The contact is at other accounts too, as {person.email}; change the address in Keel."
                self.outcomes[index].refuse("address_shared", message, "email")

    def shared(self) -> set[int]:
        """Return the people who are at several accounts, counting what these rows will add."""
        people = {person.pk for person in self.people.values()}
        at = set(Membership.objects.filter(person__in=people).values_list("person", "account"))
        at |= {(person.pk, self.accounts[index].pk) for index, person in self.people.items()}
        return {person for person, accounts in Counter(person for person, _ in at).items() if accounts > 1}
