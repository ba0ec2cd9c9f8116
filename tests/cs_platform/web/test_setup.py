from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, User
from contacts.models import Sender
from cs_platform.setup import operations
from tests import factories

PASSWORD = "a long enough phrase"
PAGE = {
    "admin-name": "Grace Hopper",
    "admin-email": "grace@harbour.example",
    "admin-password": PASSWORD,
    "organisation-name": "Harbour Works",
    "organisation-postal_address": "1 Harbour Street, Porto",
    "organisation-zone": "Europe/Lisbon",
    "organisation-currency": "eur",
    "organisation-fiscal_year_start_month": "4",
    "sender-name": "Harbour Customer Success",
    "sender-address": "Success@harbour.example",
}


@pytest.fixture(autouse=True)
def fresh_home(settings: Any, tmp_path: Path) -> None:
    settings.KEEL_HOME = tmp_path


def code() -> str:
    return operations.code_file().read_text()


def send(given: str, client: Client | None = None, **changed: Any) -> Any:
    return (client or Client()).post(reverse("setup"), {**PAGE, "guard-code": given, **changed})


@pytest.mark.django_db
def test_before_anybody_can_sign_in_every_page_leads_to_the_set_up() -> None:
    answer = Client().get("/accounts/")

    assert answer["Location"] == reverse("setup")


@pytest.mark.django_db
def test_the_code_is_made_once_said_in_the_log_and_kept_from_others(caplog) -> None:
    with caplog.at_level(logging.WARNING, logger="keel.setup"):
        Client().get(reverse("setup"))
        made = code()
        Client().get(reverse("setup"))

    assert code() == made
    assert made in caplog.text
    assert operations.code_file().stat().st_mode & 0o777 == 0o600
    assert [path.name for path in operations.code_file().parent.iterdir()] == ["setup-code"]


@pytest.mark.django_db
def test_a_web_process_that_starts_before_the_set_up_says_the_code(caplog) -> None:
    operations.welcome()

    assert code() in caplog.text


@pytest.mark.django_db
def test_the_right_code_makes_admin_organisation_and_sender_and_signs_in() -> None:
    client = Client()
    client.get(reverse("setup"))

    answer = send(code().lower().replace("-", " "), client)

    user = User.objects.get()
    assert (user.email, user.name, user.zone, user.may("administer")) == (
        "grace@harbour.example",
        "Grace Hopper",
        "Europe/Lisbon",
        True,
    )
    ours = Organisation.objects.get()
    assert (ours.name, ours.currency, ours.fiscal_year_start_month) == ("Harbour Works", "EUR", 4)
    assert ours.is_safe_mode
    assert (Sender.objects.get().address, Sender.objects.get().is_default) == ("success@harbour.example", True)
    assert answer["Location"] == "/"
    assert client.get(reverse("team:profile")).status_code == 200


@pytest.mark.django_db
def test_a_wrong_code_makes_nothing_and_loses_nothing_but_the_password() -> None:
    Client().get(reverse("setup"))

    answer = send("AAAA-AAAA-AAAA-AAAA")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_guard-code_error"' in page
    assert 'value="Harbour Works"' in page
    assert '<option value="Europe/Lisbon" selected>' in page
    assert PASSWORD not in page
    assert not User.objects.exists()


@pytest.mark.django_db
def test_every_mistake_is_told_at_its_field_at_once() -> None:
    Client().get(reverse("setup"))
    wrong: dict[str, Any] = {
        "admin-password": "short",
        "organisation-currency": "euros",
        "organisation-zone": "Mars/Base",
        "sender-address": "nobody",
    }

    page = send(code(), **wrong).content.decode()

    for field in wrong:
        assert f'id="id_{field}_error"' in page
    assert 'value="Grace Hopper"' in page
    assert not User.objects.exists()


@pytest.mark.django_db
def test_after_ten_wrong_codes_there_is_a_new_one() -> None:
    Client().get(reverse("setup"))
    old = code()

    for _ in range(10):
        send("AAAA-AAAA-AAAA-AAAA")

    assert code() != old
    assert send(old).status_code == 422
    assert send(code()).status_code == 302


@pytest.mark.django_db
def test_the_right_code_counts_as_no_wrong_one(monkeypatch) -> None:
    Client().get(reverse("setup"))
    given = code()
    with monkeypatch.context() as patch:
        patch.setattr(operations.delivery, "add_sender", refuse)
        for _ in range(11):
            with pytest.raises(RuntimeError):
                send(given)

    assert send(given).status_code == 302


@pytest.mark.django_db
def test_once_somebody_can_sign_in_the_page_is_gone() -> None:
    Client().get(reverse("setup"))
    given = code()
    factories.user(bundle="administrator")

    assert Client().get(reverse("setup")).status_code == 404
    assert send(given).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_code_is_used_up() -> None:
    Client().get(reverse("setup"))
    given = code()

    assert send(given).status_code == 302
    assert not operations.code_file().exists()
    assert send(given).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_the_button_at_once_one_is_first() -> None:
    Client().get(reverse("setup"))
    given, answers, line = code(), [], threading.Barrier(2)

    def press(email: str) -> None:
        line.wait()
        changed: dict[str, Any] = {"admin-email": email}
        answers.append(send(given, **changed).status_code)
        connection.close()

    both = [threading.Thread(target=press, args=[f"{name}@harbour.example"]) for name in ("grace", "mary")]
    for one in both:
        one.start()
    for one in both:
        one.join()

    # The other finds either somebody who signs in or a code that is used up, by how close they were.
    assert sorted(answers) in ([302, 404], [302, 422])
    assert (User.objects.count(), Sender.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_what_cannot_be_made_whole_is_not_made_at_all(monkeypatch) -> None:
    Client().get(reverse("setup"))
    monkeypatch.setattr(operations.delivery, "add_sender", refuse)

    with pytest.raises(RuntimeError):
        send(code())

    assert not User.objects.exists()
    assert operations.code_file().exists()


def refuse(**_: Any) -> None:
    raise RuntimeError
