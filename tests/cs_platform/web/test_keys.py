from __future__ import annotations

import pytest

from accounts.models import User
from tests.fixtures import Browser

pytestmark = pytest.mark.django_db


def test_the_sheet_tells_the_key_of_every_section_one_may_see(browser_of: Browser, ada: User) -> None:
    groups = dict(browser_of(ada).get("/keys/").context["groups"])

    assert ("g t", "Time to value") in groups["Sections"]
    assert ("g i", "Imports") in groups["Sections"]


def test_the_sheet_is_a_dialog_inside_a_page(browser_of: Browser, ada: User) -> None:
    sheet = browser_of(ada, htmx=True).get("/keys/").content.decode().strip()

    assert sheet.startswith('<div class="dialog-head">')
    assert sheet in browser_of(ada).get("/keys/").content.decode()


def test_whoever_switched_letters_off_is_told_so(browser_of: Browser, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(has_letter_keys=False)

    assert "Single-letter shortcuts are off in your settings." in browser_of(ada).get("/keys/").content.decode()
