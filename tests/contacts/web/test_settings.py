from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation
from contacts.models import Breaker, Delivery, GitlabRole, Mailing, Sender
from contacts.people.selectors import picklist
from tests import factories, mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

PAGES = ("contacts:mail-settings", "contacts:sender-new", "contacts:role-list", "contacts:role-new")
SENDER = {"name": "Customer success", "address": "Success@harbour.example", "reply_to": ""}


@pytest.fixture
def admins(browser_of: Any) -> Client:
    factories.organisation()
    return browser_of(factories.user(bundle="administrator"))


@pytest.mark.parametrize("who", ["ada", "ben", "eve", "reader"])
def test_only_who_may_administer_sees_and_changes_them(who, request, browser_of) -> None:
    factories.organisation()
    client = browser_of(request.getfixturevalue(who))

    for name in PAGES:
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("contacts:safe-mode"), {"is_on": "0", "is_understood": "on"}).status_code == 403
    assert client.post(reverse("contacts:allowed-addresses"), {"addresses": "a@b.example"}).status_code == 403
    assert Organisation.objects.get().is_safe_mode


def test_safe_mode_is_switched_off_only_by_who_says_so(admins) -> None:
    refused = admins.post(reverse("contacts:safe-mode"), {"is_on": "0"})

    assert refused.status_code == 422
    assert 'id="id_is_understood_error"' in refused.content.decode()
    assert Organisation.objects.get().is_safe_mode
    admins.post(reverse("contacts:safe-mode"), {"is_on": "0", "is_understood": "on"})
    assert not Organisation.objects.get().is_safe_mode
    assert "Safe mode is on." not in admins.get("/me/").content.decode()


def hold(number: int, *, program_ref: int) -> None:
    rows = mail.deliveries(number)
    Mailing.objects.filter(pk=rows[0].mailing_id).update(program_ref=program_ref)
    Delivery.objects.filter(mailing=rows[0].mailing_id).update(state="held", reason="safe_mode")


def test_switching_safe_mode_off_asks_what_becomes_of_held_messages(admins) -> None:
    hold(2, program_ref=1)
    hold(1, program_ref=2)
    decided = {"is_on": "0", "is_understood": "on", "held_1": "release"}

    refused = admins.post(reverse("contacts:safe-mode"), decided)

    assert refused.status_code == 422
    assert 'id="id_held_2_error"' in refused.content.decode()
    assert Organisation.objects.get().is_safe_mode
    admins.post(reverse("contacts:safe-mode"), {**decided, "held_2": "discard"})
    assert not Organisation.objects.get().is_safe_mode
    found = Delivery.objects.values_list("mailing__program_ref", "state", "reason").distinct().order_by("state")
    assert list(found) == [(2, "cancelled", "discarded"), (1, "planned", "")]


def test_what_is_still_held_when_the_mode_is_off_can_be_released(admins) -> None:
    factories.organisation(is_safe_mode=False)
    hold(2, program_ref=1)

    assert "Held by safe mode" in admins.get(reverse("contacts:mail-settings")).content.decode()
    admins.post(reverse("contacts:held-mail"), {"held_1": "release"})

    assert set(Delivery.objects.values_list("state", flat=True)) == {"planned"}


def test_safe_mode_is_switched_on_at_once(admins) -> None:
    factories.organisation(is_safe_mode=False)

    admins.post(reverse("contacts:safe-mode"), {"is_on": "1"})

    assert Organisation.objects.get().is_safe_mode


def test_allowed_addresses_are_kept_once_in_one_spelling(admins) -> None:
    admins.post(
        reverse("contacts:allowed-addresses"),
        {"addresses": " Ida@Harbour.example\n\nida@harbour.example\nbo@x.example"},
    )

    assert Organisation.objects.get().allowed_addresses == ["bo@x.example", "ida@harbour.example"]


def test_a_bad_address_is_told_with_its_line_and_the_others_stay(admins) -> None:
    answer = admins.post(reverse("contacts:allowed-addresses"), {"addresses": "ida@harbour.example\nnobody"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 2: The address has no @." in page
    assert "ida@harbour.example\nnobody" in page
    assert Organisation.objects.get().allowed_addresses == []


def test_before_the_organisation_is_described_that_is_asked_for(browser_of) -> None:
    client = browser_of(factories.user(bundle="administrator"))

    assert "Set up your organization first" in client.get(reverse("contacts:mail-settings")).content.decode()


def test_the_first_sender_is_the_default_and_another_may_become_it(admins) -> None:
    admins.post(reverse("contacts:sender-new"), SENDER)
    admins.post(reverse("contacts:sender-new"), {**SENDER, "address": "b@harbour.example", "is_default": "on"})

    assert list(Sender.objects.order_by("pk").values_list("address", "is_default")) == [
        ("success@harbour.example", False),
        ("b@harbour.example", True),
    ]


def test_the_default_stays_the_default_until_another_is(admins) -> None:
    admins.post(reverse("contacts:sender-new"), SENDER)
    sender = Sender.objects.get()

    admins.post(reverse("contacts:sender", args=[sender.pk]), {**SENDER, "name": "Ours", "reply_to": "ida@x.example"})

    sender.refresh_from_db()
    assert (sender.name, sender.reply_to, sender.is_default) == ("Ours", "ida@x.example", True)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"address": "nobody"}, "address"), ({"reply_to": "nobody"}, "reply_to"), ({"name": ""}, "name")],
)
def test_mistakes_in_a_sender_are_told_at_their_field(admins, wrong, field) -> None:
    answer = admins.post(reverse("contacts:sender-new"), {**SENDER, **wrong})

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Sender.objects.exists()


def test_an_address_is_one_sender(admins) -> None:
    admins.post(reverse("contacts:sender-new"), SENDER)

    answer = admins.post(reverse("contacts:sender-new"), {**SENDER, "address": "success@HARBOUR.example"})

    assert answer.status_code == 422
    assert Sender.objects.count() == 1


def test_a_role_is_added_at_the_end_and_keeps_its_key_under_another_name(admins) -> None:
    admins.post(reverse("contacts:role-new"), {"label": "Release manager", "is_active": "on"})
    role = GitlabRole.objects.get(key="release_manager")

    admins.post(reverse("contacts:role", args=[role.pk]), {"label": "Release lead", "is_active": "on"})

    role.refresh_from_db()
    assert (role.key, role.label) == ("release_manager", "Release lead")
    assert picklist().last() == role


def test_a_retired_role_is_not_offered_any_more(admins) -> None:
    role = GitlabRole.objects.get(key="security_lead")

    admins.post(reverse("contacts:role", args=[role.pk]), {"label": role.label, "description": role.description})

    assert role not in picklist()
    assert "Inactive" in admins.get(reverse("contacts:role-list")).content.decode()


def test_gitlab_admin_is_always_offered(admins) -> None:
    role = GitlabRole.objects.get(key="gitlab_admin")

    answer = admins.post(reverse("contacts:role", args=[role.pk]), {"label": role.label})

    assert answer.status_code == 422
    assert role in picklist()


@pytest.mark.parametrize("label", ["gitlab admin", "Decision-Maker", "!!!"])
def test_a_name_that_is_taken_or_gives_no_key_is_refused(admins, label) -> None:
    answer = admins.post(reverse("contacts:role-new"), {"label": label, "is_active": "on"})

    assert answer.status_code == 422
    assert 'id="id_label_error"' in answer.content.decode()


# Mail settings also ask what safe mode holds.
@pytest.mark.parametrize(("page", "queries"), [("contacts:mail-settings", 7), ("contacts:role-list", 6)])
def test_a_list_costs_the_same_however_long_it_is(admins, page, queries, django_assert_max_num_queries) -> None:
    admins.get(reverse(page))
    for number in range(20):
        GitlabRole.objects.create(key=f"r{number}", label=f"Role {number}")
        Sender.objects.create(name=f"S{number}", address=f"s{number}@x.example")

    with django_assert_max_num_queries(queries):
        admins.get(reverse(page))


def test_a_refusal_of_our_mail_is_shown_in_the_servers_words_and_can_be_retried(admins) -> None:
    breaker = Breaker.objects.create(
        scope="sender",
        key="programs@keel.example",
        fault="sender",
        answer="550 5.1.1 <programs@keel.example>: User unknown",
        opened_at=NOW,
        refused_at=NOW,
        retry_at=NOW + dt.timedelta(days=3650),
    )

    shown = admins.get(reverse("contacts:mail-settings")).content.decode()
    outbox = admins.get(reverse("contacts:outbox")).content.decode()
    admins.post(reverse("contacts:mail-retry", args=[breaker.pk]))

    breaker.refresh_from_db()
    assert "Sending is paused for programs@keel.example." in shown
    assert "&lt;programs@keel.example&gt;: User unknown" in shown
    assert "Sending is paused for programs@keel.example." in outbox
    assert admins.get("/readyz").json()["parts"]["sending"] == "paused, the mail server refuses us: sender"
    assert breaker.retry_at <= timezone.now()
