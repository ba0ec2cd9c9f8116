"""A program manager walks through the product: the tour as told."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from contacts.models import Delivery, Membership
from contacts.recipients.selectors import who_would_receive
from cs_platform.common import clock
from demo.simulation import Simulation
from programs.models import Participant
from tests.browser.demo import Visit, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A quick day's text is gone before anybody who looks now and then would see it.
TELL_WHAT_THE_DEMO_BAR_SAYS = """() => {
  const tell = () => window.demoBarSays(document.querySelector(".strip-demo")?.textContent ?? "");
  new MutationObserver(tell).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def test_a_gitlab_admin_given_in_place_changes_who_would_receive(demo: Simulation, visit: Visit) -> None:
    members = Membership.objects.filter(is_active=True, person__email__isnull=False)
    member = members.exclude(account__memberships__roles__contains=["gitlab_admin"]).filter(
        account__is_restricted=False, account__is_pubsec=False, opted_out=[]
    )[0]
    sign_in(visit)
    page = visit(reverse("accounts:account", args=[member.account_id]))
    page.get_by_text(f"More for {member.person.full_name}").locator("xpath=..").click()
    page.get_by_role("link", name="View details").locator("visible=true").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("GitLab Admin").check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as saving:
        dialog.get_by_role("button", name="Save").click()
    saving.value.finished()

    member.refresh_from_db()
    assert "gitlab_admin" in member.roles
    # The page asks for the answer too, and whoever is first works it out for both.
    until = time.monotonic() + 10
    while (found := recipients_of(member.account_id)) != [member.pk] and time.monotonic() < until:
        time.sleep(0.1)
    assert found == [member.pk]


def recipients_of(account_id: int) -> list[int]:
    return [answer.contact.pk for answer in who_would_receive(account_id)[0].recipients]


def test_the_outbox_shows_a_message_as_its_reader_sees_it(demo: Simulation, visit: Visit) -> None:
    sign_in(visit)
    sent = Delivery.objects.filter(state="sent").latest("id")
    page = visit(reverse("contacts:message", args=[sent.pk]))

    mail = page.frame_locator("iframe").first

    mail.locator("a").nth(1).wait_for(state="attached")
    assert sent.merge["account.name"] in mail.locator("body").inner_text()


def test_a_week_passes_day_by_day_on_the_page_one_is_on(demo: Simulation, visit: Visit) -> None:
    inside = Participant.objects.filter(membership__isnull=False).latest("id")
    before = clock.now()
    sign_in(visit)
    page = visit(reverse("programs:program", args=[inside.program_id]))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said: list[str] = []
    page.expose_function("demoBarSays", lambda text: said.append(text))  # noqa: PLW0108 (it is given a mark)
    page.evaluate(TELL_WHAT_THE_DEMO_BAR_SAYS)

    page.get_by_role("button", name="Next week").click()

    expect(page.locator("toast-region .toast")).to_contain_text("Now ", timeout=60_000)
    assert any("3 more days" in text for text in said)
    assert (clock.now() - before).days == 7
    # The figures and the journey followed each day.
    assert sum("/figures/" in url for url in asked) >= 6
