"""What surveys say of an account."""

from __future__ import annotations

import pytest

from accounts.models import User
from surveys.responses.models import Invitation
from tests import factories
from tests.fixtures import Browser
from tests.surveys import asking

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(db: None) -> Invitation:
    return asking.invitation()


def address(of: Invitation, panel: str) -> str:
    return f"/accounts/{of.account_id}/{panel}/"


def test_the_cell_shows_the_latest_score_and_its_group(browser_of: Browser, ada: User, invited: Invitation) -> None:
    asking.answer(invited, recommend="4")

    shown = browser_of(ada, htmx=True).get(address(invited, "nps")).content.decode()

    assert ">4</span>" in shown
    assert "Detractor" in shown


def test_without_answers_the_cell_says_how_many_were_asked(browser_of: Browser, ada: User, invited: Invitation) -> None:
    client = browser_of(ada, htmx=True)

    assert "1 surveyed, no response yet" in client.get(address(invited, "nps")).content.decode()
    assert "Not surveyed yet" in client.get(f"/accounts/{factories.account().pk}/nps/").content.decode()


def test_the_panel_is_part_of_its_page(browser_of: Browser, ada: User, invited: Invitation) -> None:
    asking.answer(invited, recommend="10", improve="Fewer tabs.")

    page, panel = (browser_of(ada, htmx=h).get(address(invited, "answers")).content.decode() for h in (False, True))

    assert "Fewer tabs." in panel
    assert panel.strip() in page


def test_a_stranger_and_a_colleague_without_public_sector_see_nothing(
    browser_of: Browser, ben: User, eve: User, invited: Invitation
) -> None:
    assert browser_of(eve).get(address(invited, "answers")).status_code == 403

    invited.account.is_pubsec = True
    invited.account.save()

    assert browser_of(ben).get(address(invited, "answers")).status_code == 404
    assert browser_of(ben).get(address(invited, "nps")).status_code == 404
