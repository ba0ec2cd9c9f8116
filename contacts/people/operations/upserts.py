"""Take in contacts by their outside names, many at a time: what the API and the imports have in common."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.book import operations as book
from accounts.book.operations import outside
from contacts.people.models import Membership, Person, SoldTo
from contacts.people.operations.arrivals import KIND, Arrivals, By, ContactRow
from contacts.people.operations.contacts import declined_everywhere, record_sold_tos
from contacts.people.operations.roles import assign_roles
from cs_platform.common.bulk import update_rows
from cs_platform.common.outcomes import Outcome, apply_rows


def upsert_contacts(*, system: str, rows: Sequence[ContactRow], by: By, all_or_none: bool = False) -> list[Outcome]:
    """
    Add or change contacts by external id and return what became of each row, in the order given.

    A contact is found by its external id, else by its address at the account. Somebody who is at several accounts
    is one person: their rows fill what is blank and overwrite nothing, or the rows would undo each other for ever.
    Values must fit their fields already. A few statements, however many rows.
    """
    return apply_rows(lambda: _Upsert(system, rows, by).run(), all_or_none=all_or_none)


class _Upsert(Arrivals):
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
        for index in outside.standing(self.outcomes):
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
        for index in outside.standing(self.outcomes):
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
        standing = outside.standing(self.outcomes)
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
        book.name_outside(system=self.system, kind=KIND, names=fresh)

    def _change_memberships(self) -> None:
        changed: dict[int, Membership] = {}
        for index in outside.standing(self.outcomes):
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
            for index in outside.standing(self.outcomes)
            if (roles := self.rows[index].roles) is not None
        }
        edits = assign_roles(roles_by_membership=wanted, actor=self.by.actor, source=self.by.source, now=self.by.now)
        edited = {edit.membership.pk for edit in edits}
        for index in outside.standing(self.outcomes):
            if self.memberships[index].pk in edited and self.rows[index].roles is not None:
                self._note(index)

    def _remember_orders(self) -> None:
        facts = {
            index: SoldTo(
                account=self.accounts[index], person=self.people[index], source=self.system, ordered_date=ordered
            )
            for index in outside.standing(self.outcomes)
            if (ordered := self.rows[index].ordered_date)
        }
        news = {id(fact) for fact in record_sold_tos(facts=facts.values())}
        for index, fact in facts.items():
            if id(fact) in news:
                self._note(index)

    def _note(self, index: int) -> None:
        outcome = self.outcomes[index]
        outcome.is_changed = not outcome.is_created
