"""Set-up, configuration and imports in a real browser: accessible, and no wider than a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from contacts.models import Sender
from cs_platform.common import dead_letters
from cs_platform.integrations.imports.models import ImportRun, RowProblem, State
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
# Some fifteen pages each: both themes and both widths are met, if not all four pairs.
SCREENS = [(1440, "keel"), (390, "keel-dark")]
SETTINGS = [
    "organization",
    "users",
    "users/new",
    "bundles/new",
    "mail",
    "mail/senders/new",
    "roles",
    "roles/new",
    "tokens",
]
PAGES = [*(f"/settings/{name}/" for name in SETTINGS), "/imports/", "/imports/new/", "/attention/"]


def findings(page: Page, axe_source: str) -> list[str]:
    page.wait_for_load_state("networkidle")
    page.evaluate(axe_source)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{page.url} {issue['id']}: {issue['nodes'][0]['html'][:120]}" for issue in found] + ["wide"] * wide


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_configuration_and_imports_are_accessible(
    browser: Browser, site, settings, client, axe_source, width, theme
) -> None:
    client.force_login(factories.user(bundle=None, is_superuser=True, name="Ida Berg"))
    factories.organisation()
    Sender.objects.create(name="Success", address="success@harbour.example", is_default=True)
    done, running = (
        ImportRun.objects.create(kind="usage", file_name="u.csv", state=state, rows_total=9, requested_at=NOW)
        for state in (State.DONE, State.RUNNING)
    )
    letter = dead_letters.note(kind="imports.run", key=done.pk, error=ValueError("It broke."), tries=1)
    RowProblem.objects.create(run=done, line=2, column="date", code="value", reason="date is no date.")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=site, reduced_motion="reduce", viewport={"width": width, "height": 900})
    cookies = {settings.SESSION_COOKIE_NAME: session, "theme": theme}
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
    page = context.new_page()

    found = []
    for address in [
        *PAGES,
        *(f"/imports/{run.pk}/" for run in (done, running)),
        f"/attention/discard/?letter={letter.pk}",
    ]:
        page.goto(address)
        found += findings(page, axe_source)
    context.close()

    assert found == []


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_the_set_up_page_is_accessible(browser: Browser, site, settings, tmp_path, axe_source, width, theme) -> None:
    settings.KEEL_HOME = tmp_path
    context = browser.new_context(base_url=site, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    page = context.new_page()
    page.goto("/setup/")

    found = findings(page, axe_source)
    heading = page.locator("h1").inner_text()
    context.close()

    assert heading == "Set up Keel"
    assert found == []
