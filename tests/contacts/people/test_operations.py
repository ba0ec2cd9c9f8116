import datetime as dt
from typing import Any

import pytest

from accounts.models import Change, Entry
from contacts.consent.operations import opt_out
from contacts.models import Membership, Person, RoleChange, SoldTo
from contacts.people import operations
from contacts.people.models import GitlabRole, Source
from cs_platform.common import clock
from cs_platform.common.acting import acting
from cs_platform.common.models import Outbox
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

ADA = "ada@keel.example"


def set_roles(membership, *roles: str) -> operations.RoleEdit:
    return operations.set_roles(membership=membership, roles=roles, actor=ADA, source=Source.KEEL, now=NOW)


def add(account, **facts: Any) -> Membership:
    return operations.add_contact(account=account, actor=ADA, source=Source.KEEL, now=NOW, **facts)


def test_setting_roles_remembers_who_what_and_when() -> None:
    membership = factories.membership(roles=["economic_buyer"])

    with clock.recording_at(NOW):
        edit = set_roles(membership, "gitlab_admin")

    assert (edit.added, edit.removed, membership.roles) == (("gitlab_admin",), ("economic_buyer",), ["gitlab_admin"])
    changes = RoleChange.objects.order_by("role").values_list("role", "is_added", "actor", "source", "changed_at")
    assert list(changes) == [
        ("economic_buyer", False, ADA, "keel", NOW),
        ("gitlab_admin", True, ADA, "keel", NOW),
    ]


def test_setting_roles_is_told_to_the_timeline_and_to_the_outbox() -> None:
    person = factories.person(first_name="Pat", last_name="Lee")
    membership = factories.membership(person=person, roles=["economic_buyer"])

    set_roles(membership, "gitlab_admin")

    entry, note = Entry.objects.get(), Outbox.objects.order_by("-pk")[0]
    assert entry.subject == "Pat Lee was made GitLab Admin and is no longer Economic Buyer"
    assert (entry.account, entry.person_ref, entry.kind) == (membership.account, person.pk, "role")
    assert (note.kind, note.payload) == ("recipients.touched", {"accounts": [membership.account_id]})


def test_setting_the_same_roles_again_leaves_no_trace() -> None:
    membership = factories.membership(roles=["gitlab_admin"])
    before, notes = Change.objects.count(), Outbox.objects.count()

    set_roles(membership, "gitlab_admin")

    assert (Change.objects.count(), RoleChange.objects.count(), Entry.objects.count(), Outbox.objects.count()) == (
        before, 0, 0, notes,
    )  # fmt: skip


def test_a_role_edit_is_audited_under_the_name_of_whoever_made_it() -> None:
    membership = factories.membership()
    with acting(actor=ADA), clock.recording_at(NOW):
        set_roles(membership, "gitlab_admin")

    change = Change.objects.get(table_name="contacts_membership", operation="update")
    assert (change.actor, change.account_id) == (ADA, membership.account_id)
    assert (change.before, change.after) == ({"roles": []}, {"roles": ["gitlab_admin"]})


def test_a_role_that_is_not_in_the_picklist_is_refused_by_name() -> None:
    membership = factories.membership()

    with pytest.raises(operations.UnknownRole, match="wizard"):
        set_roles(membership, "gitlab_admin", "wizard")
    membership.refresh_from_db()
    assert membership.roles == []


def test_a_retired_role_may_be_kept_and_not_given() -> None:
    GitlabRole.objects.filter(key="economic_buyer").update(is_active=False)
    holder = factories.membership(roles=["economic_buyer"])

    set_roles(holder, "economic_buyer", "gitlab_admin")

    assert holder.roles == ["economic_buyer", "gitlab_admin"]
    with pytest.raises(operations.UnknownRole):
        set_roles(factories.membership(), "economic_buyer")


def test_many_contacts_get_roles_in_a_few_statements(django_assert_max_num_queries) -> None:
    account = factories.account()
    memberships = [factories.membership(account=account) for _ in range(30)]
    wanted = {membership.pk: ["gitlab_admin"] for membership in memberships}
    notes = Outbox.objects.count()

    with django_assert_max_num_queries(12):
        operations.assign_roles(roles_by_membership=wanted, actor=ADA, source=Source.IMPORT, now=NOW)

    assert Membership.objects.with_role("gitlab_admin").count() == 30
    assert Outbox.objects.count() == notes + 1


def test_a_person_known_by_the_address_becomes_a_contact_of_a_second_account() -> None:
    first = add(factories.account(), email="pat@customer.example", first_name="Pat", roles=["gitlab_admin"])
    second = add(factories.account(), email="pat@customer.example", first_name="Patricia")

    assert first.person == second.person
    assert second.person.first_name == "Pat"
    assert (first.roles, second.roles) == (["gitlab_admin"], [])


def test_nobody_is_a_contact_of_an_account_twice() -> None:
    account = factories.account()
    add(account, email="pat@customer.example")

    with pytest.raises(operations.AlreadyAContact):
        add(account, email="pat@customer.example")


def test_whoever_declined_a_category_everywhere_declines_it_at_a_new_account_too() -> None:
    first = add(factories.account(), email="pat@customer.example")
    opt_out(membership=first, category="newsletter", source="page", now=NOW)

    second = add(factories.account(), email="pat@customer.example")

    assert second.opted_out == ["newsletter"]


def test_an_address_of_somebody_else_cannot_be_taken() -> None:
    membership = factories.membership()
    other = factories.person()

    with pytest.raises(operations.AddressTaken):
        operations.change_contact(membership=membership, email=other.email)
    assert operations.change_contact(
        membership=membership, title="Engineer", last_name=membership.person.last_name
    ) == ["title"]


def test_what_changes_at_once_is_said_once() -> None:
    membership = factories.membership()

    assert [operations.deactivate(membership=membership) for _ in "12"] == [True, False]
    assert [operations.reactivate(membership=membership) for _ in "12"] == [True, False]
    assert [operations.set_access(membership=membership, access="owner") for _ in "12"] == [True, False]


def test_an_order_is_remembered_once() -> None:
    membership = factories.membership()
    order: dict[str, Any] = {
        "account": membership.account,
        "person": membership.person,
        "source": "order",
        "ordered_date": TODAY,
    }

    assert operations.record_sold_to(**order)
    assert not operations.record_sold_to(**order)
    assert SoldTo.objects.count() == 1


def test_two_living_people_never_share_an_address_but_an_erased_one_gives_it_back() -> None:
    old = factories.person(email="pat@customer.example", erased_at=NOW - dt.timedelta(days=1))

    add(factories.account(), email="pat@customer.example")

    assert Person.objects.filter(email="pat@customer.example").exclude(pk=old.pk).count() == 1
