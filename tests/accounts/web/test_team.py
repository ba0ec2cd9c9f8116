from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.team.models import User
from tests import factories

PASSWORD = "a long enough phrase"
SETTINGS = {"theme": "keel-dark", "zone": "Europe/Amsterdam", "is_compact": "on"}


@pytest.fixture
def ada(db) -> User:
    user = factories.user(bundle="program_manager", email="ada@keel.example", name="Ada Lovelace")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(email: str = "ada@keel.example", password: str = PASSWORD, **more: str) -> Any:
    return Client().post(reverse("team:sign-in"), {"username": email, "password": password, "next": "/me/", **more})


def test_email_and_password_open_the_door_whatever_the_case_of_the_email(ada) -> None:
    assert sign_in().status_code == 302
    assert sign_in("Ada@Keel.example").status_code == 302


def test_one_answer_for_a_wrong_password_and_an_unknown_email(ada) -> None:
    wrong, unknown = sign_in(password="x"), sign_in("nobody@keel.example")

    for answer in (wrong, unknown):
        assert b"Wrong email or password." in answer.content


def test_somebody_switched_off_stays_out(ada) -> None:
    User.objects.update(is_active=False)

    assert sign_in().status_code == 200


def test_signing_in_leads_to_the_page_that_was_asked_for(ada) -> None:
    assert sign_in(next="/me/?from=mail")["Location"] == "/me/?from=mail"


def test_after_a_wrong_password_it_is_the_password_that_is_asked_for_again(client, ada) -> None:
    shown = client.post("/sign-in/", {"username": ada.email, "password": "wrong"}).content.decode()

    assert f'value="{ada.email}"' in shown
    assert "autofocus" in shown[shown.index('name="password"') :].split(">")[0]


def test_signing_in_never_leads_to_another_site(ada, settings) -> None:
    settings.LOGIN_REDIRECT_URL = "/me/"

    assert "evil.example" not in sign_in(next="https://evil.example/")["Location"]


def test_a_part_asked_for_after_the_session_ended_reloads_the_page(ada, browser_of) -> None:
    answer = Client().get(reverse("team:sign-in"), headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_the_demos_people_are_offered_in_a_demo_only(ada, settings) -> None:
    address = reverse("team:sign-in")

    assert b"csm@keel.example" not in Client().get(address).content
    settings.DEMO = True
    assert b"csm@keel.example" in Client().get(address).content
    assert b'value="csm@keel.example"' in Client().get(f"{address}?as=csm@keel.example").content


def test_signing_out_needs_a_form(ada, browser_of) -> None:
    client = browser_of(ada)

    assert client.get(reverse("team:sign-out")).status_code == 405
    assert client.post(reverse("team:sign-out")).status_code == 302
    assert client.get(reverse("team:profile")).status_code == 302


def test_settings_are_kept_for_the_person_and_the_theme_for_the_browser(ada, browser_of) -> None:
    client = browser_of(ada)
    answer = client.post(reverse("team:change-settings"), SETTINGS)
    ada.refresh_from_db()

    assert answer.cookies["theme"].value == "keel-dark"
    assert (ada.zone, ada.is_compact, ada.has_letter_keys) == ("Europe/Amsterdam", True, False)
    page = client.get(reverse("team:profile")).content.decode()
    assert 'data-theme="keel-dark" data-density="compact"' in page
    assert 'data-letter-keys="off"' in page
    assert "Settings saved." in page


def test_the_theme_of_the_device_is_no_cookie(ada, browser_of) -> None:
    client = browser_of(ada)
    client.post(reverse("team:change-settings"), SETTINGS)
    answer = client.post(reverse("team:change-settings"), {**SETTINGS, "theme": "system"})

    assert answer.cookies["theme"].value == ""


def test_a_zone_that_does_not_exist_is_refused_at_its_field(ada, browser_of) -> None:
    answer = browser_of(ada).post(reverse("team:change-settings"), {**SETTINGS, "zone": "Mars/Base"})

    assert answer.status_code == 422
    assert b'id="id_zone_error"' in answer.content
    ada.refresh_from_db()
    assert ada.zone == "UTC"


def test_a_new_password_needs_the_present_one(ada, browser_of) -> None:
    fresh = {"new_password1": "another long phrase", "new_password2": "another long phrase"}
    client = browser_of(ada)

    refused = client.post(reverse("team:change-password"), {"old_password": "x", **fresh})
    done = client.post(reverse("team:change-password"), {"old_password": PASSWORD, **fresh})

    assert refused.status_code == 422
    assert done.status_code == 302
    assert client.get(reverse("team:profile")).status_code == 200  # this browser stays signed in
    assert sign_in(password="another long phrase").status_code == 302


def test_times_are_shown_in_the_zone_of_the_reader(ada, browser_of, settings) -> None:
    settings.DEMO = True
    User.objects.update(zone="Asia/Tokyo")

    assert b"JST" in browser_of(ada).get("/styleguide/").content


def test_strangers_are_led_to_the_sign_in_page(ada) -> None:
    answer = Client().get(reverse("team:profile"))

    assert answer["Location"] == f"{reverse('team:sign-in')}?next=/me/"
