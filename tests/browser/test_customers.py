"""The customers' pages in a real browser: roles given in place, what redraws by itself, and the way without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import Account
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.models import Delivery, Membership
from tests import factories, mail
from tests.factories import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Page]
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def visit(browser: Browser, site, settings, client) -> Iterator[Visit]:
    """Return a function that opens a page as Ada; whatever the browser complains about fails the test."""
    client.force_login(factories.user(bundle="program_manager", name="Ada Lovelace"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    contexts = []

    def open_page(path: str, *, width: int = 1440, theme: str = "keel", scripts: bool = True) -> Page:
        context = browser.new_context(base_url=site, reduced_motion="reduce", java_script_enabled=scripts)
        contexts.append(context)
        cookies = {settings.SESSION_COOKIE_NAME: session, "theme": theme}
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def acme() -> Account:
    """Acme has no GitLab Admin: Dev bought, Sofia runs the instance, and one message has been sent to her."""
    account = factories.account(name="Acme", segment="scale", priority=1)
    (message,) = mail.deliveries(1, account=account)
    Delivery.objects.update(state="sent", sent_at=NOW)
    message.person.first_name, message.person.last_name = "Sofia", "Marchetti"
    message.person.save()
    buyer = factories.membership(account=account, person=factories.person(first_name="Dev", last_name="Patel"))
    factories.sold_to(account=account, person=buyer.person)
    factories.line(account=account)
    return account


def test_the_roles_of_the_row_one_is_on_are_an_e_away(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/contacts/")

    page.keyboard.press("j")
    page.keyboard.press("e")

    expect(page.locator(".contact-row").first.get_by_label("GitLab Admin")).to_be_visible()


def test_focus_returns_to_the_menu_the_details_were_opened_from(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/contacts/")
    summary = page.locator(".contact-row").first.locator("summary", has_text="More for")

    summary.click()
    page.get_by_role("link", name="View details").first.click()
    page.locator("dialog[open] h2").wait_for()
    page.keyboard.press("Escape")

    expect(summary).to_be_focused()


def test_a_role_ticked_in_the_chip_is_saved_and_redraws_who_would_receive(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/")
    onboarding, nps = page.locator("#receives-onboarding .chips"), page.locator("#receives-nps .chips")
    expect(onboarding).to_contain_text("Dev Patel")
    expect(nps).to_contain_text("No GitLab Admin.")

    sofia = page.locator("#contacts .contact-row", has_text="Sofia Marchetti")
    sofia.locator(".chip-add").click()
    sofia.get_by_label("GitLab Admin").check()

    expect(onboarding).to_contain_text("Sofia Marchetti")
    expect(onboarding).not_to_contain_text("Dev Patel")
    expect(nps).to_contain_text("Sofia Marchetti")
    expect(page.locator("#contacts .card-head")).to_contain_text("1 GitLab Admin")
    expect(page.locator("#changes")).to_contain_text("GitLab Admin")
    expect(page.locator("#timeline")).to_contain_text("Sofia Marchetti was made GitLab Admin")
    expect(sofia.get_by_text("Saved", exact=True)).to_be_visible()
    assert Membership.objects.get(person__first_name="Sofia").roles == ["gitlab_admin"]


def test_the_picklist_stays_on_a_phones_screen_while_chips_move_it(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/", width=390)
    sofia = page.locator("#contacts .contact-row", has_text="Sofia Marchetti")
    sofia.locator(".chip-add").click()

    for role in ("Executive Sponsor", "Economic Buyer"):
        sofia.get_by_label(role).check()
        expect(sofia.locator(".contact-roles")).to_contain_text(role)

        # The list is set in its place anew in the frame after the swap.
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_way_of_the_handbook_leads_to_a_gitlab_admin(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/")

    page.locator("#contacts").get_by_text("More for Sofia Marchetti").locator("..").click()
    page.locator("#contacts .contact-row", has_text="Sofia Marchetti").get_by_text("View details").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("group", name="GitLab Role").get_by_label("GitLab Admin").check()
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    expect(page.locator("#contacts .contact-row").first).to_contain_text("Sofia Marchetti")
    expect(page.locator("#receives-onboarding .chips")).to_contain_text("Sofia Marchetti")


def test_the_same_way_needs_no_scripts(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/", scripts=False)

    page.get_by_role("link", name="Contacts", exact=True).last.click()
    page.locator(".contact-row", has_text="Sofia Marchetti").locator("details.right summary").click()
    page.locator(".contact-row", has_text="Sofia Marchetti").get_by_text("View details").click()
    page.get_by_label("GitLab Admin").check()
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".contact-row", has_text="Sofia Marchetti")).to_contain_text("GitLab Admin")
    assert page.url.endswith(f"/accounts/{acme.pk}/contacts/")


def test_a_click_shows_on_the_timeline_by_itself(visit: Visit, acme: Account) -> None:
    page = visit(f"/accounts/{acme.pk}/timeline/")
    expect(page.locator("#timeline")).to_contain_text("sent to Sofia Marchetti")
    message = Delivery.objects.get()

    record_hits([RawHit("clicked", message.pk, NOW, "a", user_agent="Firefox")], now=NOW)

    expect(page.locator("#timeline")).to_contain_text("was clicked")
    expect(page.locator("#timeline")).to_contain_text("Unknown")


def test_an_account_is_mended_where_it_is_listed(visit: Visit) -> None:
    contact = factories.membership(account=factories.account(name="Silent"))
    page = visit("/contacts/coverage/")
    expect(page.get_by_role("heading", name="0 of 1 accounts are reachable")).to_be_visible()

    row = page.locator(f"#contact-{contact.pk}")
    row.locator(".chip-add").click()
    row.get_by_label("GitLab Admin").check()
    expect(row.get_by_text("Saved", exact=True)).to_be_visible()
    page.reload()

    expect(page.get_by_role("heading", name="1 of 1 accounts are reachable")).to_be_visible()


def test_a_list_narrows_as_one_types_and_keeps_its_address(visit: Visit, acme: Account) -> None:
    factories.account(name="Bolt")
    page = visit("/accounts/")

    page.get_by_label("Search accounts").fill("acm")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.reload()

    expect(page.locator("tbody tr")).to_have_count(1)
    assert "q=acm" in page.url


# What the tour through the whole product does not come by.
PLACES = [
    "/accounts/{account}/contracts/",
    "/accounts/{account}/recipients/",
    "/accounts/{account}/timeline/",
    "/accounts/{account}/edit/",
    "/accounts/{account}/log/",
    "/contacts/{person}/edit/",
    "/contacts/new/",
]


@pytest.mark.parametrize(("width", "theme"), [(1440, "keel"), (390, "keel-dark")])
def test_pages_off_the_tour_are_accessible_too(
    visit: Visit, acme: Account, axe_source: str, width: int, theme: str
) -> None:
    rows = {"account": acme.pk, "person": Delivery.objects.get().person_id}
    page = visit("/accounts/", width=width, theme=theme)
    found = {}

    for place in PLACES:
        page.goto(place.format(**rows))
        page.evaluate(axe_source)
        issues = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)["violations"]
        found[place] = [(issue["id"], issue["nodes"][0]["html"][:120]) for issue in issues]
        found[place] += [("wide", "")] if page.evaluate("document.documentElement.scrollWidth") != width else []

    assert {place: issues for place, issues in found.items() if issues} == {}
