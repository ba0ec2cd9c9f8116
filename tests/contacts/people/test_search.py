from __future__ import annotations

import pytest
from django.db import connection

from contacts.models import Membership, MembershipSearch
from cs_platform.common.search import WordsQuery
from tests import factories

pytestmark = pytest.mark.django_db


def found(text: str) -> set[str]:
    contacts = Membership.objects.filter(search__words=WordsQuery(text))
    return {f"{one.person.last_name} at {one.account.name}" for one in contacts.select_related("person", "account")}


@pytest.fixture
def contact(db) -> Membership:
    person = factories.person(first_name="José", last_name="Núñez", email="jose.n@acme.example")
    return factories.membership(person=person, account=factories.account(name="Acme Süd"))


@pytest.mark.parametrize("words", ["nunez", "jos nun", "jose.n@acme.example", "acme sud", "nunez acme"])
def test_a_contact_is_found_by_name_address_and_account(contact, words) -> None:
    assert found(words) == {"Núñez at Acme Süd"}


def test_changes_of_the_person_and_of_the_account_are_followed(contact) -> None:
    contact.person.last_name = "Weiß"
    contact.person.save()
    contact.account.name = "Zeta"
    contact.account.save()

    assert found("weiss zeta") == {"Weiß at Zeta"}
    assert found("nunez") == found("sud") == set()
    kept = MembershipSearch.objects.get()
    assert (kept.name_key, kept.account_key) == ("weiss jose", "zeta")


def test_a_contact_is_found_by_an_external_id(contact) -> None:
    factories.external_id(row=contact, kind="contact", name="0035g00000XyZabAAF")

    assert found("0035g00000xyzabaaf") == {"Núñez at Acme Süd"}


def test_whoever_has_no_name_is_sorted_by_the_address() -> None:
    factories.membership(person=factories.person(first_name="", last_name="", email="zoe@acme.example"))

    assert MembershipSearch.objects.get().name_key == "zoe@acme.example"


def test_a_deleted_contact_leaves_nothing_behind(contact) -> None:
    factories.external_id(row=contact, kind="contact", name="0035g00000XyZabAAF")

    contact.account.delete()
    connection.check_constraints()

    assert not MembershipSearch.objects.exists()
