"""Upsert contacts by external id, many at a time: what the API and the imports have in common."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.book.models import Account, ExternalId
from accounts.book.operations import external_ids
from accounts.team.models import User
from contacts.people.models import Membership, Person, SoldTo, Source
from contacts.people.operations.contacts import PersonFacts, declined_everywhere, record_sold_tos
from contacts.people.operations.roles import assign_roles
from contacts.people.selectors import picklist
from cs_platform.common.bulk import update_rows
from cs_platform.common.outcomes import Outcome, accepted, apply_rows

KIND = ExternalId.Kind.CONTACT


@dataclass(frozen=True, slots=True)
class ContactRow:
    """
    A contact as the outside knows it: somebody at an account. What is None, or left out of `person`, stays as it is.

    `account` is an external id of the same system or our own uuid. `ordered_date` makes them a Sold-To contact.
    `is_opted_out` is heeded by consent.operations.upsert_with_opt_outs, only when true: a list opts nobody in.
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
class UpsertContext:
    """On whose behalf rows are written: what they may see, and the actor, source and time the history keeps."""

    viewer: User | None
    actor: str
    source: Source
    now: dt.datetime


class _Matching:
    """Finds the account, membership and person of each row, by its position; refuses rows in `outcomes`."""

    def __init__(self, system: str, rows: Sequence[ContactRow], by: UpsertContext) -> None:
        self.system, self.rows, self.by = system, rows, by
        self.outcomes = external_ids.checked(system, [row.external_id for row in rows])
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
        self.known = external_ids.lookup(system=self.system, kind=KIND, names=names)
        self._lock_people()
        locked = (
            Membership.objects.select_for_update(of=("self",), no_key=True)
            .select_related("person", "account")
            .order_by("pk")
        )
        found = locked.in_bulk(list(self.known.values()))
        for index, outcome in enumerate(self.outcomes):
            if outcome.external_id in self.known:
                self.memberships[index] = found[self.known[outcome.external_id]]

    # People come before memberships in the order of locks: a page that changes a name touches their memberships.
    def _lock_people(self) -> None:
        emails = {email for row in self.rows if (email := row.person.get("email"))}
        known = Membership.objects.filter(pk__in=self.known.values()).values("person_id")
        concerned = known.union(Person.objects.filter(email__in=emails).values("pk"))
        list(Person.objects.select_for_update(no_key=True).filter(pk__in=concerned).order_by("pk").values_list("pk"))

    def _find_accounts(self) -> None:
        wanted = {row.account for row in self.rows if row.account is not None}
        names = [name for name in wanted if isinstance(name, str)]
        numbers = external_ids.resolve(system=self.system, kind=ExternalId.Kind.ACCOUNT, names=names)
        by_number = Account.objects.in_bulk(list(numbers.values()))
        by_name: dict[str | UUID, Account] = {name: by_number[number] for name, number in numbers.items()}
        by_name |= {a.uuid: a for a in Account.objects.filter(uuid__in=[n for n in wanted if isinstance(n, UUID)])}
        may_see_all = external_ids.sees_pubsec(self.by.viewer)
        for index, (row, outcome) in enumerate(zip(self.rows, self.outcomes, strict=True)):
            account = by_name.get(row.account) if row.account is not None else None
            here = self.memberships.get(index)
            if row.account is None and here is None:
                outcome.refuse("required", "A new contact needs an account.", "account")
            elif row.account is not None and account is None:
                outcome.refuse("unknown_account", f"No account has the ID {row.account}.", "account")
            elif here is not None and account is not None and here.account_id != account.pk:
                message = f"This contact belongs to {here.account.name}. Contacts can't be moved to another account."
                outcome.refuse("contact_moved", message, "account")
            else:
                self.accounts[index] = account or self.memberships[index].account
                if self.accounts[index].is_pubsec and not may_see_all:
                    outcome.refuse("forbidden", "You don't have access to this account.", "account")

    def _refuse_unknown_roles(self) -> None:
        offered = set(picklist().values_list("key", flat=True))
        for index, row in enumerate(self.rows):
            held = set(self.memberships[index].roles) if index in self.memberships else set()
            if unknown := set(row.roles or ()) - offered - held:
                message = f"Unknown GitLab role: {', '.join(sorted(unknown))}."
                self.outcomes[index].refuse("unknown_role", message, "roles")

    # Find the person of each row: the contact's own, else the one who has the address, wherever they are.
    def _find_people(self) -> None:
        emails = {email for row in self.rows if (email := row.person.get("email"))}
        living = Person.objects.filter(email__in=emails, merged_into=None, erased_at=None)
        by_email = {person.email: person for person in living}
        pairs = Membership.objects.filter(
            person__in=by_email.values(), account__in={a.pk for a in self.accounts.values()}
        )
        at = {(m.person_id, m.account_id): m for m in pairs.select_for_update(of=("self",), no_key=True).order_by("pk")}
        shared_objects = {person.pk: person for person in by_email.values()}
        for index in accepted(self.outcomes):
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
        for index in accepted(self.outcomes):
            person, email = self.people.get(index), self.rows[index].person.get("email")
            if person is None or not email or person.email == email:
                continue
            if owners.setdefault(email, person.pk) != person.pk:
                self.outcomes[index].refuse("address_taken", f"{email} already belongs to another person.", "email")
            elif person.email and person.pk in shared:
                message = f"This person is also at other accounts as {person.email}. Change the address in Keel."
                self.outcomes[index].refuse("address_shared", message, "email")

    def shared(self) -> set[int]:
        """Return the people who are at several accounts, counting what these rows will add."""
        people = {person.pk for person in self.people.values()}
        at = set(Membership.objects.filter(person__in=people).values_list("person", "account"))
        at |= {(person.pk, self.accounts[index].pk) for index, person in self.people.items()}
        return {person for person, accounts in Counter(person for person, _ in at).items() if accounts > 1}


def upsert_contacts(
    *, system: str, rows: Sequence[ContactRow], by: UpsertContext, all_or_none: bool = False
) -> list[Outcome]:
    """
    Add or change contacts by external id and return what became of each row, in the order given.

    A contact is found by its external id, else by its address at the account. Somebody who is at several accounts
    is one person: their rows fill what is blank and overwrite nothing, or the rows would undo each other for ever.
    Values must fit their fields already. A few statements, however many rows.
    """
    return apply_rows(lambda: _Upsert(system, rows, by).run(), all_or_none=all_or_none)


class _Upsert(_Matching):
    def run(self) -> list[Outcome]:
        self.find()
        self._change_people()
        self._create_people()
        self._create_memberships()
        self._change_memberships()
        self._set_roles()
        self._remember_orders()
        return self.outcomes

    def _change_people(self) -> None:
        shared, changed, fields = self.shared(), {}, set()
        for index in accepted(self.outcomes):
            person = self.people.get(index)
            if person is None:
                continue
            facts = self.rows[index].person
            different = [name for name, value in facts.items() if getattr(person, name) != value]
            if person.pk in shared:
                different = [name for name in different if not getattr(person, name)]
            for name in different:
                setattr(person, name, facts[name])  # type: ignore[literal-required]
            if different:
                changed[person.pk] = person
                fields.update(different)
                self.outcomes[index].is_changed = True
        update_rows(list(changed.values()), sorted(fields))

    def _create_people(self) -> None:
        new: list[Person] = []
        by_email: dict[str, Person] = {}
        for index in accepted(self.outcomes):
            if index in self.people:
                continue
            facts = self.rows[index].person
            email = facts.get("email")
            person = by_email.get(email) if email else None
            if person is None:
                person = Person(**facts)
                new.append(person)
                if email:
                    by_email[email] = person
            for name, value in facts.items():
                if not getattr(person, name):
                    setattr(person, name, value)
            self.people[index] = person
        Person.objects.bulk_create(new)

    def _create_memberships(self) -> None:
        standing = accepted(self.outcomes)
        declined = declined_everywhere([self.people[index].pk for index in standing])
        new: dict[tuple[int, int], Membership] = {}
        for index in standing:
            if index in self.memberships:
                continue
            person, account = self.people[index], self.accounts[index]
            membership = new.get((person.pk, account.pk))
            if membership is None:
                membership = Membership(
                    person=person, account=account, source=self.by.source, opted_out=declined.get(person.pk, [])
                )
                new[person.pk, account.pk] = membership
                self.outcomes[index].is_created = True
            self.memberships[index] = membership
            self.outcomes[index].is_changed = False
        Membership.objects.bulk_create(new.values())
        for index in standing:
            membership = self.memberships[index]
            self.outcomes[index].pk, self.outcomes[index].uuid = membership.pk, membership.uuid
        names = {self.outcomes[index].external_id: self.memberships[index].pk for index in standing}
        fresh = {name: pk for name, pk in names.items() if name not in self.known}
        external_ids.assign(system=self.system, kind=KIND, names=fresh)

    def _change_memberships(self) -> None:
        changed: dict[int, Membership] = {}
        for index in accepted(self.outcomes):
            row, membership = self.rows[index], self.memberships[index]
            facts = {"access": row.access, "is_active": row.is_active}
            different = {n: v for n, v in facts.items() if v is not None and getattr(membership, n) != v}
            for name, value in different.items():
                setattr(membership, name, value)
            if different:
                changed[membership.pk] = membership
                self._note(index)
        update_rows(list(changed.values()), ["access", "is_active"])

    def _set_roles(self) -> None:
        wanted = {
            self.memberships[index].pk: roles
            for index in accepted(self.outcomes)
            if (roles := self.rows[index].roles) is not None
        }
        edits = assign_roles(roles_by_membership=wanted, actor=self.by.actor, source=self.by.source, now=self.by.now)
        edited = {edit.membership.pk for edit in edits}
        for index in accepted(self.outcomes):
            if self.memberships[index].pk in edited and self.rows[index].roles is not None:
                self._note(index)

    def _remember_orders(self) -> None:
        facts = {
            index: SoldTo(
                account=self.accounts[index], person=self.people[index], source=self.system, ordered_date=ordered
            )
            for index in accepted(self.outcomes)
            if (ordered := self.rows[index].ordered_date)
        }
        news = {id(fact) for fact in record_sold_tos(facts=facts.values())}
        for index, fact in facts.items():
            if id(fact) in news:
                self._note(index)

    def _note(self, index: int) -> None:
        outcome = self.outcomes[index]
        outcome.is_changed = not outcome.is_created
