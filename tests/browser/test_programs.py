"""Programs, messages and the pages of readers in a real browser: what redraws by itself, and what needs no scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from contacts.delivery.rules import seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_all_hits
from contacts.models import Delivery, Link, Membership
from programs.models import Program
from surveys.models import Answer
from surveys.responses.rules import seal_invitation
from tests import factories, mail
from tests.browser.demo import PASSWORD, Visit, sign_in
from tests.factories import TODAY
from tests.programs import world
from tests.surveys import asking

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def owner(transactional_db: None) -> User:
    owner = factories.user(bundle="program_manager", email="ada@keel.example", name="Ada Lovelace")
    owner.set_password(PASSWORD)
    owner.save()
    factories.organisation()
    return owner


@pytest.fixture
def welcome(owner: User) -> Program:
    """Return a program that wrote to Grace an hour ago."""
    program = world.published(owner)
    an_hour_ago = timezone.now() - dt.timedelta(hours=1)
    grace = factories.person(first_name="Grace", last_name="Hopper")
    account = world.customer(name="Navy Yard", contract_date=an_hour_ago.date())
    world.admin(account, person=grace)
    world.live(an_hour_ago)
    return program


@pytest.fixture
def reader(browser: Browser, site: str) -> Iterator[Page]:
    """Return a page in the browser of somebody who reads mail: not signed in, and without scripts."""
    context = browser.new_context(base_url=site, java_script_enabled=False, viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


def test_a_click_appears_on_the_open_page_of_its_program(visit: Visit, welcome: Program) -> None:
    sign_in(visit, "ada@keel.example")
    page = visit(f"/programs/{welcome.pk}/")
    expect(page.locator("#funnel li", has_text="Clicked").first).to_contain_text("0")
    row = Delivery.objects.get()
    link = Link.objects.get(version=row.template_version, number=1)
    now = timezone.now()
    hit = RawHit("clicked", row.pk, now, "k", link_id=link.pk, method="GET", user_agent=FIREFOX)

    record_hits([hit], now=now)
    expect(page.locator("#figures")).to_contain_text("0 human, 1 unknown")

    judge_all_hits(now=now + dt.timedelta(minutes=2))
    expect(page.locator("#funnel li", has_text="Clicked").first).to_contain_text("1")
    expect(page.locator("#figures")).not_to_contain_text("unknown")


def test_a_chart_is_a_table_and_a_file_for_whoever_asks(visit: Visit, welcome: Program) -> None:
    sign_in(visit, "ada@keel.example")
    page = visit(f"/programs/{welcome.pk}/")
    assert page.locator(".as-table td").count() == 0

    page.get_by_text("Show as table").click()
    expect(page.locator(".as-table tbody tr")).to_have_count(84)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()

    assert download.value.suggested_filename == "responses-per-day.csv"
    assert Path(download.value.path()).read_text().count("\n") == 85


def test_a_filter_redraws_the_list_of_participants_alone(visit: Visit, welcome: Program) -> None:
    world.customer(name="Lonely Ltd", contract_date=timezone.now().date())
    world.live(timezone.now())
    sign_in(visit, "ada@keel.example")
    page = visit(f"/programs/{welcome.pk}/")
    page.evaluate("document.querySelector('#overview').dataset.stays = 'yes'")

    page.locator("#results").get_by_role("link", name="Not enrolled").click()

    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#results")).to_contain_text("Lonely Ltd")
    assert page.locator("#overview").get_attribute("data-stays") == "yes"
    assert page.url.endswith("?group=rejected")


def test_pausing_asks_in_a_dialog(visit: Visit, welcome: Program) -> None:
    sign_in(visit, "ada@keel.example")
    page = visit(f"/programs/{welcome.pk}/")

    page.get_by_role("link", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause program").click()

    expect(page.locator(".page-title")).to_contain_text("Paused")
    welcome.refresh_from_db()
    assert welcome.status == "paused"


def test_a_message_is_shown_on_a_phone_and_in_the_dark(visit: Visit, welcome: Program) -> None:
    sign_in(visit, "ada@keel.example")
    page = visit(f"/outbox/{Delivery.objects.get().pk}/")
    frame = page.locator("iframe")
    wide = frame.bounding_box()

    page.get_by_role("link", name="Phone").click()
    expect(frame).to_have_class("mail-frame phone")
    narrow = frame.bounding_box()
    page.get_by_role("link", name="Dark").click()

    expect(page.locator(".mail-stage")).to_have_class("mail-stage dark")
    assert wide
    assert narrow
    assert narrow["width"] == 390 < wide["width"]
    link = page.frame_locator("iframe").get_by_role("link", name="Read the guide")
    expect(link).to_be_visible()
    assert page.frame_locator("iframe").locator("base").get_attribute("target") == "_blank"


def test_a_survey_is_answered_without_scripts(owner: User, reader: Page) -> None:
    now = timezone.now()
    invited = asking.invitation(member=factories.membership(), now=now)
    reader.goto(f"/s/{seal_invitation(tracking_key(), invited.pk)}/?score=9")
    expect(reader.get_by_role("radio", name="9")).to_be_checked()

    reader.get_by_label("What could be better?").fill("Fewer tabs.")
    reader.get_by_role("radio", name="8").check()
    reader.get_by_role("button", name="Send response").click()

    expect(reader.get_by_role("heading")).to_contain_text("Thank you")
    assert sorted(Answer.objects.values_list("number", "text"), key=str) == [(8, ""), (None, "Fewer tabs.")]


def test_a_reader_unsubscribes_and_comes_back_without_scripts(owner: User, reader: Page) -> None:
    (sent,) = mail.deliveries(1, account=factories.account(contract_date=TODAY))
    Delivery.objects.update(state="sent", sent_at=timezone.now())
    reader.goto(f"/unsubscribe/{seal_unsubscribe(tracking_key(), sent.pk)}/")

    reader.get_by_role("button", name="Unsubscribe", exact=True).click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("You're unsubscribed")
    assert Membership.objects.get(pk=sent.membership_id or 0).opted_out == ["enablement"]

    reader.get_by_role("button", name="Subscribe again").click()
    expect(reader.get_by_role("status")).to_contain_text("Welcome back.")
    assert Membership.objects.get(pk=sent.membership_id or 0).opted_out == []
