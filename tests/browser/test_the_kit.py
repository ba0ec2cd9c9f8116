"""The style page in a real browser: what no unit test can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Visit = Callable[..., Page]
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [(1440, "keel"), (1440, "keel-dark"), (390, "keel"), (390, "keel-dark")]


@pytest.fixture
def visit(browser: Browser, site, settings, client) -> Iterator[Visit]:
    """Return a function that opens the style page; whatever the browser complains about fails the test."""
    settings.DEMO = True
    # Tables are emptied between these tests, and the bundles of permissions with them.
    client.force_login(factories.user(bundle=None, is_superuser=True, name="Ada Lovelace"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    complaints: list[str] = []
    # Without motion, so that no colour is looked at while it changes.
    context = browser.new_context(base_url=site, reduced_motion="reduce")

    def open_page(width: int = 1440, theme: str = "keel") -> Page:
        cookies = {settings.SESSION_COOKIE_NAME: session, "theme": theme}
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto("/styleguide/")
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    context.close()
    assert complaints == []


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit()


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_every_piece_is_accessible(visit: Visit, axe_source: str, width: int, theme: str) -> None:
    page = visit(width, theme)
    page.evaluate(axe_source)

    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)

    assert [(issue["id"], issue["nodes"][0]["html"][:120]) for issue in found["violations"]] == []


def test_the_page_never_scrolls_sideways(page: Page) -> None:
    for width in (1440, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_chart_is_drawn_when_it_is_scrolled_to(page: Page) -> None:
    chart = page.locator("ui-chart").last
    assert chart.get_attribute("data-ready") is None

    chart.scroll_into_view_if_needed()

    chart.locator("canvas").wait_for()


def test_sorting_replaces_the_list_and_keeps_focus_and_place(page: Page) -> None:
    link = page.locator("a.sort", has_text="Contact")
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")

    link.click()
    page.wait_for_url("**/?sort=name")

    assert page.locator('th[aria-sort="ascending"]').inner_text() == "Contact"
    assert page.locator("#results").count() == 1
    assert page.evaluate("document.activeElement.className") == "sort"
    assert page.evaluate("scrollY") == before


def test_a_menu_in_a_table_is_not_cut_off_and_closes_with_escape(page: Page) -> None:
    summary = page.locator("#results details.menu summary").last
    summary.click()
    pop = page.locator("#results details[open] .pop")
    box, screen = pop.bounding_box(), page.viewport_size

    assert box
    assert screen
    assert 0 <= box["y"] <= screen["height"] - box["height"]
    # What is at its middle is the menu itself, not something that covers or cuts it.
    page.wait_for_function(
        """pop => {
            const {x, y, width, height} = pop.getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2)?.closest(".pop") === pop;
        }""",
        arg=pop.element_handle(),
    )
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0


def test_rows_are_walked_with_the_keyboard(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")

    assert page.evaluate("document.activeElement.rowIndex") == 1


def test_a_section_is_a_letter_away(page: Page) -> None:
    page.keyboard.press("g")
    page.keyboard.press("n")

    page.wait_for_url("**/metrics/retention/")


def test_a_question_mark_tells_every_key(page: Page) -> None:
    page.keyboard.press("?")

    page.locator("dialog[open] h2", has_text="Keyboard shortcuts").wait_for()


def test_single_letter_keys_rest_where_they_are_switched_off(page: Page) -> None:
    page.evaluate("document.body.dataset.letterKeys = 'off'")

    page.keyboard.press("j")

    assert page.evaluate("document.activeElement === document.body")


def test_the_theme_is_flipped_and_remembered(page: Page) -> None:
    page.locator("theme-toggle button").click()
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "keel-dark"


def test_the_journey_is_zoomed_and_reset(page: Page) -> None:
    label = page.locator("[data-zoom-label]")

    page.locator("[aria-label='Zoom in']").click()
    assert label.inner_text() == "125%"
    page.locator("[data-zoom=reset]").click()
    assert label.inner_text() == "100%"


def test_a_toast_offers_undo_and_can_be_closed(page: Page) -> None:
    detail = {"detail": {"text": "Moved to Adoption", "undo": "/undo/"}}
    page.evaluate("detail => document.dispatchEvent(new CustomEvent('toast', detail))", detail)
    toast = page.locator(".toast")

    assert toast.locator("[hx-post='/undo/']").inner_text() == "Undo"
    toast.locator("[data-close]").click()
    assert toast.count() == 0


def test_a_dialog_takes_the_name_of_its_heading_and_closes_with_escape(page: Page) -> None:
    opener = page.get_by_role("button", name="Open a dialog")
    opener.click()
    dialog = page.get_by_role("dialog", name="GitLab Role")
    dialog.wait_for()

    page.keyboard.press("Escape")

    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "Open a dialog"


def test_a_drawer_lies_along_the_right_edge_and_its_buttons_close_it(page: Page) -> None:
    page.get_by_role("button", name="Open a drawer").click()
    drawer = page.get_by_role("dialog", name="GitLab Role")
    drawer.wait_for()
    box = drawer.bounding_box()

    assert box
    assert (box["x"] + box["width"], box["height"]) == (1440, 900)
    drawer.get_by_role("button", name="Cancel").click()
    drawer.wait_for(state="hidden")


def test_an_answer_may_close_the_dialog(page: Page) -> None:
    page.get_by_role("button", name="Open a dialog").click()
    dialog = page.get_by_role("dialog", name="GitLab Role")
    dialog.wait_for()

    page.evaluate("document.body.dispatchEvent(new CustomEvent('dialog:close', {bubbles: true}))")

    dialog.wait_for(state="hidden")


def test_a_failure_is_told_once(page: Page) -> None:
    for _ in range(2):
        page.evaluate("document.dispatchEvent(new CustomEvent('htmx:error', {detail: {}}))")

    assert page.locator(".toast").count() == 1
