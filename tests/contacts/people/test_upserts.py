import datetime as dt
from typing import Any

import pytest

from accounts.models import Account, Change, ExternalId
from contacts.consent.operations import upsert_with_opt_outs
from contacts.models import Membership, MembershipSpan, Person, RoleChange, SoldTo
from contacts.people.models import Source
from contacts.people.operations import ContactRow, UpsertContext, upsert_contacts
from cs_platform.common import clock
from cs_platform.common.acting import acting
from cs_platform.common.outcomes import Outcome
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db) -> Account:
    return named("Acme", "ACME")


def named(name: str, outside: str, **fields: Any) -> Account:
    made = factories.account(name=name, **fields)
    factories.external_id(row=made, kind="account", name=outside, system="crm")
    return made


def upsert(user, *rows: ContactRow, **options: Any) -> list[Outcome]:
    by = UpsertContext(viewer=user, actor=user.email, source=Source.IMPORT, now=options.pop("now", NOW))
    return upsert_contacts(system="crm", rows=rows, by=by, **options)


def row(external_id: str, email: str | None = None, *, account: Any = "ACME", **fields: Any) -> ContactRow:
    person: Any = {"first_name": "Pat", **({"email": email} if email else {}), **fields.pop("person", {})}
    return ContactRow(external_id, account, person, **fields)


def codes(outcomes: list[Outcome]) -> list[list[str]]:
    return [[problem.code for problem in outcome.problems] for outcome in outcomes]


def test_a_contact_is_added_then_changed_then_left_alone(ada, acme) -> None:
    (added,) = upsert(ada, row("C1", "pat@customer.example", roles=["gitlab_admin"], access="owner"))
    (changed,) = upsert(ada, row("C1", account=None, person={"title": "Engineer"}))
    (same,) = upsert(ada, row("C1", "pat@customer.example", roles=["gitlab_admin"], access="owner"))

    membership = Membership.objects.get()
    assert (membership.account, membership.roles, membership.access) == (acme, ["gitlab_admin"], "owner")
    assert (membership.person.email, membership.person.title) == ("pat@customer.example", "Engineer")
    assert [(o.is_created, o.is_changed) for o in (added, changed, same)] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip
    assert {o.uuid for o in (added, changed, same)} == {membership.uuid}


def test_taking_the_same_rows_in_again_leaves_no_trace(ada, acme) -> None:
    rows = [row("C1", "pat@customer.example", roles=["gitlab_admin"], ordered_date=TODAY, is_opted_out=True)]

    def traces() -> tuple[int, ...]:
        return tuple(m.objects.count() for m in (Change, MembershipSpan, RoleChange, SoldTo, ExternalId))

    with acting(actor="import"), clock.recording_at(NOW):
        upsert(ada, *rows)
    before = traces()
    with acting(actor="import"), clock.recording_at(NOW + dt.timedelta(days=1)):
        (outcome,) = upsert(ada, *rows)

    assert (outcome.is_created, outcome.is_changed) == (False, False)
    assert traces() == before


def test_a_contact_known_by_the_address_gets_the_outside_name(ada, acme) -> None:
    there = factories.membership(account=acme, person=factories.person(email="pat@customer.example"))

    (outcome,) = upsert(ada, row("C1", "pat@customer.example"))

    assert (outcome.pk, outcome.is_created) == (there.pk, False)
    assert ExternalId.objects.get(kind="contact").object_id == there.pk


def test_two_outside_names_may_stand_for_one_contact(ada, acme) -> None:
    first, second = upsert(ada, row("C1", "pat@customer.example"), row("C2", "pat@customer.example"))

    assert first.pk == second.pk
    assert [first.is_created, second.is_created] == [True, False]
    assert Membership.objects.count() == 1


def test_rows_about_somebody_at_two_accounts_do_not_undo_each_other(ada, acme) -> None:
    named("Beta", "BETA")
    rows = [
        row("C1", "pat@customer.example", person={"first_name": "Pat"}),
        row("C2", "pat@customer.example", account="BETA", person={"first_name": "Patricia", "title": "CTO"}),
    ]
    upsert(ada, *rows)
    again = upsert(ada, *rows)

    assert (Person.objects.count(), Membership.objects.count()) == (1, 2)
    assert [outcome.is_changed for outcome in again] == [False, False]
    assert Person.objects.get().first_name == "Pat"


def test_a_contact_without_an_address_is_known_by_its_outside_name_alone(ada, acme) -> None:
    upsert(ada, row("C1"), row("C2"))
    (again, _) = upsert(ada, row("C1", "pat@customer.example"), row("C2"))

    assert Membership.objects.count() == 2
    assert again.is_changed


def test_each_row_is_refused_for_its_own_reason(ada, acme) -> None:
    hidden = factories.membership(account=acme, person=factories.person(email="taken@customer.example"))
    upsert(ada, row("known", "known@customer.example"))
    named("Beta", "BETA")

    outcomes = upsert(
        ada,
        row("lost", "a@customer.example", account=None),
        row("stray", "b@customer.example", account="nowhere"),
        row("known", account="BETA"),
        row("role", "c@customer.example", roles=["wizard"]),
        row("twice", "d@customer.example"),
        row("twice", "e@customer.example"),
        row("good", "f@customer.example"),
    )

    expected = ["required", "unknown_account", "contact_moved", "unknown_role", "repeated", "repeated"]
    assert codes(outcomes) == [*([code] for code in expected), []]
    assert codes(upsert(ada, row("known", "taken@customer.example"))) == [["address_taken"]]
    assert hidden.person.memberships.count() == 1


def test_the_address_of_somebody_at_two_accounts_is_not_moved_by_one_of_them(ada, acme) -> None:
    named("Beta", "BETA")
    upsert(ada, row("C1", "pat@customer.example"), row("C2", "pat@customer.example", account="BETA"))

    assert codes(upsert(ada, row("C2", "new@customer.example", account="BETA"))) == [["address_shared"]]
    assert Person.objects.get().email == "pat@customer.example"


def test_contacts_of_accounts_that_may_not_be_seen_are_refused(ben) -> None:
    agency = named("Agency", "GOV", is_pubsec=True)

    outcomes = upsert(ben, row("C1", "a@agency.example", account="GOV"), row("C2", account=agency.uuid))

    assert codes(outcomes) == [["forbidden"], ["forbidden"]]
    assert not Membership.objects.exists()


def test_all_or_none_takes_everything_back(ada, acme) -> None:
    outcomes = upsert(ada, row("C1", "a@customer.example"), row("C2", account="nowhere"), all_or_none=True)

    assert codes(outcomes) == [["not_applied"], ["unknown_account"]]
    assert not Person.objects.exists()


def test_a_list_can_opt_somebody_out_but_never_in(ada, acme) -> None:
    by = UpsertContext(viewer=ada, actor=ada.email, source=Source.IMPORT, now=NOW)
    out = row("C1", "pat@customer.example", is_opted_out=True)

    upsert_with_opt_outs(system="crm", rows=[out], by=by)
    upsert_with_opt_outs(system="crm", rows=[row("C1", "pat@customer.example")], by=by)

    membership = Membership.objects.get()
    assert membership.opted_out == ["all"]
    assert [(c.category, c.is_opted_out) for c in membership.consent_choices.all()] == [("all", True)]


def test_two_hundred_rows_take_few_statements(ada, acme, django_assert_max_num_queries) -> None:
    rows = [row(f"C{n}", f"p{n}@customer.example", roles=["gitlab_admin"]) for n in range(200)]

    with django_assert_max_num_queries(45):
        upsert(ada, *rows)
    with django_assert_max_num_queries(30):
        upsert(ada, *rows)

    assert Membership.objects.with_role("gitlab_admin").count() == 200
