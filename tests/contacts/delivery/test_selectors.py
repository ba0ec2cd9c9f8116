"""What pages ask of messages."""

from __future__ import annotations

import pytest

from accounts.models import User
from contacts.delivery import selectors
from contacts.delivery.selectors import Origin
from contacts.models import Delivery
from tests import factories, mail

pytestmark = pytest.mark.django_db


def test_uncertain_messages_are_counted_for_whoever_may_see_them(ada: User, ben: User) -> None:
    mail.deliveries(2, account=factories.account(is_pubsec=True))
    mail.deliveries(1)
    Delivery.objects.update(state="uncertain")

    assert selectors.uncertain_count(ben) == 1
    assert selectors.uncertain_count(ada) == 3


def test_the_room_above_says_what_a_number_of_a_program_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "_origins", [])
    assert selectors.origins_of([7]) == {}

    selectors.register_origins(lambda numbers: {number: Origin(f"Program {number}", "/") for number in numbers})

    assert selectors.origins_of([7, None])[7].name == "Program 7"
    assert selectors.origins_of([None]) == {}
