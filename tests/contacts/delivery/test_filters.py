"""What the Outbox finds."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from contacts.delivery.filters import DeliveryFilter
from contacts.models import Delivery, Mailing
from tests import factories, mail
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


def found(viewer: User, **wanted: object) -> list[int]:
    return sorted(DeliveryFilter(wanted, viewer=viewer, today=TODAY).qs.values_list("pk", flat=True))


def test_a_state_narrows_the_outbox_to_messages_in_it(ada: User) -> None:
    first, second = mail.deliveries(2)
    Delivery.objects.filter(pk=first.pk).update(state="uncertain")
    Delivery.objects.filter(pk=second.pk).update(state="sent", bounced_at=NOW)

    assert found(ada, state="uncertain") == [first.pk]
    assert found(ada, state="bounced") == [second.pk]
    assert found(ada) == [first.pk, second.pk]


@pytest.mark.parametrize("response", ["opened", "clicked", "unsubscribed"])
def test_a_response_narrows_the_outbox_to_whoever_gave_it_since(ada: User, response: str) -> None:
    early, late, _ = mail.deliveries(3)
    day = dt.timedelta(days=1)
    Delivery.objects.update(state="sent", sent_at=NOW - 2 * day)
    Delivery.objects.filter(pk=early.pk).update(**{f"{response}_at": NOW - day})
    Delivery.objects.filter(pk=late.pk).update(**{f"{response}_at": NOW})

    assert found(ada, response=response) == [early.pk, late.pk]
    assert found(ada, response=response, since=TODAY) == [late.pk]


def test_a_program_or_a_step_narrows_the_outbox_to_its_messages(ada: User) -> None:
    (one,), (other,) = mail.deliveries(1), mail.deliveries(1)
    Mailing.objects.filter(pk=one.mailing_id).update(program_ref=7)

    assert found(ada, program=7) == [one.pk]
    assert found(ada, step=other.mailing_id) == [other.pk]


@pytest.mark.parametrize("words", ["grace hop", "GRACE@", "navy"])
def test_words_find_the_reader_by_name_or_address_and_by_the_account(ada: User, words: str) -> None:
    account = factories.account(name="Navy Yard")
    person = factories.person(first_name="Grace", last_name="Hopper", email="grace@navy.example")
    (theirs,) = mail.deliveries(1, account=account)
    member = factories.membership(account=account, person=person)
    Delivery.objects.filter(pk=theirs.pk).update(person=person, membership=member)
    mail.deliveries(1)

    assert found(ada, q=words) == [theirs.pk]


def test_a_day_narrows_the_outbox_to_what_was_sent_or_bounced_since(ada: User) -> None:
    early, late = mail.deliveries(2)
    day = dt.timedelta(days=1)
    Delivery.objects.filter(pk=early.pk).update(state="sent", sent_at=NOW - day, bounced_at=NOW + day)
    Delivery.objects.filter(pk=late.pk).update(state="sent", sent_at=NOW)

    assert found(ada, since=TODAY) == [late.pk]
    assert found(ada, since=TODAY, state="bounced") == [early.pk]


def test_public_sector_messages_are_for_those_who_may_see_them(ben: User) -> None:
    mail.deliveries(1, account=factories.account(is_pubsec=True))
    (open_to_all,) = mail.deliveries(1)
    chosen = factories.user(bundle="program_manager")

    assert found(ben) == [open_to_all.pk]
    assert len(found(chosen)) == 2


def test_whoever_holds_no_permission_finds_nothing(eve: User) -> None:
    mail.deliveries(1)

    assert found(eve) == []


def test_messages_come_with_what_a_row_shows(ada: User, django_assert_num_queries) -> None:
    mail.deliveries(3)
    ada.may("view")

    with django_assert_num_queries(1):
        rows = list(DeliveryFilter({}, viewer=ada, today=TODAY).rows)
        shown = [(row.mailing.name, row.person.display_name, row.account and row.account.name) for row in rows]

    assert len(shown) == 3
    assert all(row.due_at - NOW == dt.timedelta() for row in rows)
