"""What goes out on one day for everybody reaches a person once, at however many customers they work."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from accounts.models import User
from contacts.models import Delivery, Person
from programs.design import operations as design
from programs.design import rules
from programs.models import Decision, Participant
from tests import factories
from tests.programs import world

pytestmark = pytest.mark.django_db

FOURTH_FRIDAY = dt.datetime(2026, 3, 27, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def consultant() -> Person:
    """Return the GitLab Admin of two customers."""
    person = factories.person(email="pat@agency.example")
    for _ in range(2):
        world.admin(person=person)
    return person


def newsletter(owner: User, *steps: rules.Step) -> None:
    document = replace(world.document_of(*steps), trigger=rules.Trigger("fourth_friday", 0, 0))
    design.publish(program=world.program(owner), document=document, by=owner, now=FOURTH_FRIDAY)


def test_a_newsletter_reaches_a_person_at_two_customers_once_and_says_why(ada: User, consultant: Person) -> None:
    factories.organisation()
    newsletter(ada, world.step(1, day=0))

    world.live(FOURTH_FRIDAY)

    [sent] = Delivery.objects.filter(person=consultant)
    [told] = Decision.objects.filter(code="already_received")
    assert Participant.objects.filter(state="completed").count() == 2
    assert {sent.account_id, told.account_id} == set(Participant.objects.values_list("account_id", flat=True))
    assert (told.step_key, told.is_positive) == ("mail-1", False)


def test_the_next_issue_is_another_message(ada: User, consultant: Person) -> None:
    factories.organisation()
    newsletter(ada, world.step(1, day=0))

    world.live(FOURTH_FRIDAY)
    world.live(FOURTH_FRIDAY + dt.timedelta(days=28))

    assert Delivery.objects.filter(person=consultant).count() == 2


def test_a_contract_is_written_about_at_each_customer(ada: User, consultant: Person) -> None:
    factories.organisation()
    world.published(ada, world.step(1, day=0))

    world.live()

    assert Delivery.objects.filter(person=consultant).count() == 2
    assert not Decision.objects.filter(code="already_received").exists()
