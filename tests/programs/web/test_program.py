"""The page of one program."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from contacts.models import Delivery
from cs_platform.common import clock
from programs.design import operations as design
from programs.models import Program
from tests import factories
from tests.factories import NOW
from tests.fixtures import Browser
from tests.programs import world
from tests.programs.world import DAY
from tests.surveys import asking

pytestmark = pytest.mark.django_db

# Session, user, permissions; program, version; then each part of the page its one or two.
PAGE = 26
LIVE = 18


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 5 * DAY)


@pytest.fixture
def welcome(ada: User, today: None) -> Program:
    """Return a program that reached two contacts and found nobody at a third account; one of the two clicked."""
    factories.organisation()
    program = world.published(ada, goal="Half of them open the guide")
    world.admin(person=factories.person(first_name="Grace", last_name="Hopper"))
    world.admin()
    world.customer(name="Lonely Ltd")
    world.live(NOW)
    return program


def page(of: Program, name: str = "") -> str:
    return f"/programs/{of.pk}/{name}"


def test_the_head_says_when_for_whom_to_whom_and_what_for(browser_of: Browser, ada: User, welcome: Program) -> None:
    shown = browser_of(ada).get(page(welcome)).content.decode()

    assert "Starts on the contract date, or up to 2 days after" in shown
    assert "Segment is Scale or Tech Touch" in shown
    assert "To GitLab Admins, else the Sold-To contact" in shown
    assert "Goal: Half of them open the guide" in shown
    assert "Early results." in shown


def test_figures_and_funnel_of_one_name_are_equal(browser_of: Browser, ada: User, welcome: Program) -> None:
    world.click(Delivery.objects.order_by("pk")[0], at=NOW + dt.timedelta(hours=3))

    context = browser_of(ada).get(page(welcome)).context

    figures = {figure["title"]: str(figure["value"]) for figure in context["figures"]}
    funnel = dict(context["funnel"])
    assert funnel == {"Sent": 2, "Delivered": 2, "Opened": 1, "Clicked": 1}
    assert figures["Sent"] == "2"
    assert "1 of 2 delivered" in figures["Clicked"]
    assert sum(result.sent for result in context["result"].days) == funnel["Sent"]


def test_a_click_shows_at_once_as_unknown_in_the_live_part(browser_of: Browser, ada: User, welcome: Program) -> None:
    client = browser_of(ada, htmx=True)
    world.click(Delivery.objects.order_by("pk")[0], at=NOW + 5 * DAY - dt.timedelta(seconds=20), settle=False)
    before = client.get(page(welcome, "figures/")).content.decode()

    assert "0 human, 1 unknown" in before
    assert 'id="funnel"' in before
    assert 'hx-swap-oob="outerMorph"' in before


def test_the_live_part_is_that_of_the_page(browser_of: Browser, ada: User, welcome: Program) -> None:
    shown = browser_of(ada).get(page(welcome), {"period": "30d"}).content.decode()

    live = browser_of(ada, htmx=True).get(page(welcome, "figures/"), {"period": "30d"}).content.decode()

    parts = live.replace(' hx-swap-oob="outerMorph"', "").split("<section id=")
    assert [part.partition(" ")[0] for part in parts[1:]] == ['"funnel"', '"journey"']
    assert all(part.strip() in shown for part in parts)


@pytest.mark.parametrize(("period", "days"), [("12w", 84), ("30d", 30), ("all", 6), ("nonsense", 84)])
def test_a_period_rules_the_figures(browser_of: Browser, ada: User, welcome: Program, period: str, days: int) -> None:
    context = browser_of(ada).get(page(welcome), {"period": period}).context

    assert len(context["result"].days) == days
    assert context["result"].now.sent == 2


def test_the_journey_counts_people_and_leads_to_the_emails(browser_of: Browser, ada: User, welcome: Program) -> None:
    context = browser_of(ada).get(page(welcome)).context

    assert [(step["title"], step["count"]) for step in context["steps"]] == [
        ("Enrollment", 2),
        ("1 · Mail 1", 2),
        ("2 · Mail 2", 0),
        ("Completed", 0),
    ]
    assert context["steps"][2]["waiting"] == 2
    assert context["steps"][1]["url"] == page(welcome, "emails/#step-mail-1")


def test_a_monthly_issue_is_drawn_for_those_who_entered_with_it(
    browser_of: Browser, ada: User, welcome: Program
) -> None:
    design.publish(program=welcome, document=world.document_of(world.step(9, day=0)), by=ada, now=NOW + DAY)

    context = browser_of(ada).get(page(welcome)).context

    assert [(step["title"], step["count"]) for step in context["steps"]] == [
        ("Enrollment", 0),
        ("1 · Mail 9", 0),
        ("Completed", 0),
    ]
    assert "current version only" in context["journey_note"]


def test_why_accounts_did_not_enter_stands_beside_and_opens_to_them(
    browser_of: Browser, ada: User, welcome: Program
) -> None:
    shown = browser_of(ada).get(page(welcome)).content.decode()

    assert "No GitLab Admin and no Sold-To contact" in shown
    assert "?group=rejected&amp;reason=no_gitlab_admin_and_no_sold_to" in shown
    assert "No exits yet." in shown


def test_parts_that_htmx_asks_for_are_those_of_the_page(browser_of: Browser, ada: User, welcome: Program) -> None:
    shown = browser_of(ada).get(page(welcome)).content.decode()

    people = browser_of(ada, htmx=True).get(page(welcome), headers={"HX-Target": "row-keys#results"})
    overview = browser_of(ada, htmx=True).get(page(welcome), headers={"HX-Target": "div#overview"})

    assert people.content.decode().strip() in shown
    assert overview.content.decode().strip() in shown
    assert "HX-Target" in people["Vary"]


def test_the_page_takes_the_same_queries_however_many_take_part(
    browser_of: Browser, ada: User, welcome: Program, django_assert_num_queries
) -> None:
    for _ in range(12):
        world.admin()
    world.live(NOW + DAY)
    client = browser_of(ada, htmx=True)

    with django_assert_num_queries(PAGE):
        client.get(page(welcome))
    with django_assert_num_queries(LIVE):
        client.get(page(welcome, "figures/"))


def test_a_program_without_a_version_says_what_it_is_for(browser_of: Browser, ada: User) -> None:
    draft = world.program(ada, name="Idea", purpose="Thank everybody.")

    shown = browser_of(ada).get(page(draft)).content.decode()

    assert "Not published yet" in shown
    assert "Thank everybody." in shown
    for name in ("participants/", "emails/", "versions/"):
        assert browser_of(ada).get(page(draft, name)).status_code == 200


@pytest.mark.parametrize("name", ["", "figures/", "participants/", "emails/", "versions/"])
def test_a_stranger_sees_nothing_and_a_program_that_is_none_is_not_there(
    browser_of: Browser, ada: User, eve: User, welcome: Program, name: str
) -> None:
    assert browser_of(eve).get(page(welcome, name)).status_code == 403
    assert browser_of(ada).get(f"/programs/0/{name}").status_code == 404


def test_the_emails_show_unique_and_total_human_machine_and_unknown(
    browser_of: Browser, ada: User, welcome: Program
) -> None:
    reader = Delivery.objects.order_by("pk")[0]
    for hour in (3, 4):
        world.click(reader, at=NOW + dt.timedelta(hours=hour))

    shown = browser_of(ada).get(page(welcome, "emails/")).content.decode()

    assert 'title="Clicked by 1 person, 2 clicks in total"' in shown
    assert 'id="step-mail-2"' in shown
    assert "All emails" in shown


def test_an_email_of_an_earlier_version_stays_in_the_table(browser_of: Browser, ada: User, welcome: Program) -> None:
    design.publish(program=welcome, document=world.document_of(world.step(9, day=0)), by=ada, now=NOW + DAY)

    shown = browser_of(ada).get(page(welcome, "emails/"))

    assert "from an earlier version" in shown.content.decode()
    assert shown.context["whole"].sent == 2


def test_versions_say_who_published_what_and_when(browser_of: Browser, ada: User, ben: User, welcome: Program) -> None:
    design.publish(program=welcome, document=world.document_of(world.step(1, day=2)), by=ben, now=NOW + DAY)

    shown = browser_of(ada).get(page(welcome, "versions/")).content.decode()

    assert "Ben Okri" in shown
    assert "First version" in shown
    assert "“Mail 2” removed" in shown
    assert "“Mail 1” moved from day 0 to day 2" in shown


def test_a_survey_shows_its_score_with_margin_and_response_rate(browser_of: Browser, ada: User, today: None) -> None:
    factories.organisation()
    program = world.published_survey(ada)
    for score in (9, 10, 3):
        admin = world.admin()
        world.live(NOW)
        asking.answer(
            admin.person.invitations.select_related("survey", "version", "person").get(), recommend=str(score)
        )
    world.admin()
    world.live(NOW)

    shown = browser_of(ada).get(page(program)).content.decode()

    assert "+33" in shown
    assert "NPS, ± 107" in shown
    assert "3 responses" in shown
    assert "Few responses" in shown
    assert 'title="3 of 4 delivered">75.0%' in shown


def test_sent_opens_to_as_many_messages_as_it_says(browser_of: Browser, ada: User, welcome: Program) -> None:
    client = browser_of(ada)
    context = client.get(page(welcome), {"period": "30d"}).context
    (sent,) = [figure for figure in context["figures"] if figure["title"] == "Sent"]

    assert client.get(sent["href"]).context["page"].count == int(sent["value"])
    assert "since=" in sent["href"]
