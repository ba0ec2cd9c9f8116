"""What programs say on the pages of an account, a contact and a message."""

from __future__ import annotations

import pytest

from accounts.models import Account, User
from contacts.models import Delivery, Membership
from tests import factories
from tests.factories import NOW
from tests.fixtures import Browser
from tests.programs import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(ada: User) -> Account:
    factories.organisation()
    world.published(ada)
    found = world.customer(name="Navy Yard")
    world.admin(found, person=factories.person(first_name="Grace", last_name="Hopper"))
    factories.membership(account=found, person=factories.person(first_name="Linus", last_name="Torvalds"))
    world.live(NOW)
    return found


def person_page(first_name: str) -> str:
    return f"/contacts/{Membership.objects.get(person__first_name=first_name).person_id}/decisions/"


def test_an_account_shows_its_programs_with_state_and_reason(browser_of: Browser, ada: User, account: Account) -> None:
    page, panel = (
        browser_of(ada, htmx=h).get(f"/accounts/{account.pk}/programs/").content.decode() for h in (False, True)
    )

    assert "Welcome" in panel
    assert "Grace Hopper · GitLab Admin of this account." in panel
    assert "1 active" in panel
    assert page.count("Grace Hopper ·") == 1


def test_a_contact_shows_why_and_why_not(browser_of: Browser, ada: User, account: Account) -> None:
    client = browser_of(ada, htmx=True)

    assert "Receives" in client.get(person_page("Grace")).content.decode()
    theirs = client.get(person_page("Linus")).content.decode()
    assert "Role not targeted by this program." in theirs
    assert "Not sent" in theirs


def test_a_message_says_why_it_went_to_this_person(browser_of: Browser, ada: User, account: Account) -> None:
    shown = browser_of(ada, htmx=True).get(f"/outbox/{Delivery.objects.get().pk}/why/").content.decode()

    assert "GitLab Admin of this account." in shown
    assert "View Grace’s journey" in shown


def test_a_message_without_a_program_says_so(browser_of: Browser, ada: User, account: Account) -> None:
    Delivery.objects.update(participant_ref=None)

    shown = browser_of(ada, htmx=True).get(f"/outbox/{Delivery.objects.get().pk}/why/").content.decode()

    assert "Not sent by a program" in shown


def test_the_page_of_a_message_has_room_for_it(browser_of: Browser, ada: User, account: Account) -> None:
    number = Delivery.objects.get().pk

    assert f'hx-get="/outbox/{number}/why/"' in browser_of(ada).get(f"/outbox/{number}/").content.decode()


def test_the_outbox_names_the_program_and_narrows_to_it(browser_of: Browser, ada: User, account: Account) -> None:
    delivery = Delivery.objects.select_related("mailing").get()

    shown = browser_of(ada).get("/outbox/", {"program": str(delivery.mailing.program_ref)}).content.decode()

    assert "Welcome · Mail 1" in shown
    assert 'aria-current="true">Program: Welcome' in shown


def test_colleagues_and_strangers_see_what_they_may(
    browser_of: Browser, ben: User, eve: User, account: Account
) -> None:
    Account.objects.update(is_pubsec=True)
    number = Delivery.objects.get().pk

    assert browser_of(ben).get(f"/accounts/{account.pk}/programs/").status_code == 404
    assert browser_of(ben).get(f"/outbox/{number}/why/").status_code == 404
    assert "No program decisions yet" in browser_of(ben).get(person_page("Grace")).content.decode()
    for path in (f"/accounts/{account.pk}/programs/", f"/outbox/{number}/why/", person_page("Grace")):
        assert browser_of(eve).get(path).status_code == 403
