from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.contracts.selectors import currencies_without_rate
from accounts.models import ApiToken, Bundle, Organisation, User
from accounts.team.rules import digest_of
from accounts.team.selectors import token_by_digest
from tests import factories

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough phrase"
OURS = {
    "name": "Harbour Works",
    "postal_address": "1 Harbour Street, Porto",
    "zone": "Europe/Lisbon",
    "currency": "eur",
    "fiscal_year_start_month": "4",
}
BEN = {"name": "Ben Okri", "title": "CSM", "home": "csm", "bundles": ["csm"], "is_active": "on"}
PAGES = ("team:organisation", "team:user-list", "team:user-new", "team:bundle-new", "team:token-list")


@pytest.fixture
def admin(db: None) -> User:
    return factories.user(bundle="administrator", email="admin@keel.example", name="Ida Admin")


@pytest.fixture
def admins(admin: User, browser_of: Any) -> Client:
    return browser_of(admin)


@pytest.mark.parametrize("who", ["ada", "ben", "eve", "reader"])
def test_only_who_may_administer_sees_the_settings(who, request, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))

    for name in PAGES:
        assert client.get(reverse(name)).status_code == 403
    assert b"Configuration" not in client.get(reverse("team:profile")).content


def test_a_currency_that_contracts_cannot_be_added_up_in_is_refused(admins) -> None:
    factories.organisation(currency="USD")
    factories.line(currency="USD")

    answer = admins.post(reverse("team:organisation"), OURS)

    assert answer.status_code == 422
    assert "contracts in USD" in answer.content.decode()
    assert Organisation.objects.get().currency == "USD"
    factories.line(currency="GBP")
    assert currencies_without_rate("USD") == ["GBP"]


def test_who_may_administer_finds_them_in_the_menu_of_the_user(admins) -> None:
    page = admins.get(reverse("team:profile")).content.decode()

    assert f'href="{reverse("team:organisation")}"' in page
    for name in PAGES:
        assert admins.get(reverse(name)).status_code == 200


def test_describing_the_organisation_leaves_safe_mode_as_it_is(admins) -> None:
    factories.organisation(is_safe_mode=False)

    admins.post(reverse("team:organisation"), OURS)

    ours = Organisation.objects.get()
    assert (ours.name, ours.currency, ours.fiscal_year_start_month, ours.is_safe_mode) == (
        "Harbour Works",
        "EUR",
        4,
        False,
    )


def test_a_currency_that_is_none_is_refused_at_its_field(admins) -> None:
    answer = admins.post(reverse("team:organisation"), {**OURS, "currency": "money"})

    assert answer.status_code == 422
    assert 'id="id_currency_error"' in answer.content.decode()
    assert 'value="Harbour Works"' in answer.content.decode()


def test_a_user_is_added_with_a_password_and_can_sign_in(admins) -> None:
    admins.post(reverse("team:user-new"), {**BEN, "email": "Ben@Keel.example", "password": PASSWORD})

    ben = User.objects.get(email="ben@keel.example")
    assert (ben.home, ben.title, ben.may("edit_contacts"), ben.may("administer")) == ("csm", "CSM", True, False)
    assert Client().login(username="ben@keel.example", password=PASSWORD)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password": "short"}, "password"),
        ({"email": "admin@keel.example"}, "email"),
        ({"bundles": ["kings"]}, "bundles"),
    ],
)
def test_mistakes_in_a_new_user_are_told_at_their_field(admins, wrong, field) -> None:
    answer = admins.post(reverse("team:user-new"), {**BEN, "email": "ben@keel.example", "password": PASSWORD, **wrong})

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert 'value="Ben Okri"' in answer.content.decode()
    assert User.objects.count() == 1


def test_who_is_switched_off_is_out_at_once(admins, ben, browser_of) -> None:
    bens = browser_of(ben)
    assert bens.get(reverse("team:profile")).status_code == 200

    admins.post(reverse("team:user", args=[ben.pk]), {**BEN, "is_active": ""})

    assert bens.get(reverse("team:profile")).status_code == 302


def test_a_new_password_replaces_the_old_and_a_blank_one_keeps_it(admins, ben) -> None:
    admins.post(reverse("team:user", args=[ben.pk]), {**BEN, "password": PASSWORD})
    admins.post(reverse("team:user", args=[ben.pk]), {**BEN, "name": "Benjamin Okri", "password": ""})

    assert Client().login(username="ben@keel.example", password=PASSWORD)
    assert User.objects.get(pk=ben.pk).name == "Benjamin Okri"


@pytest.mark.parametrize("taken", [{"is_active": ""}, {"bundles": ["csm"]}])
def test_the_last_admin_stays_one(admins, admin, taken) -> None:
    answer = admins.post(reverse("team:user", args=[admin.pk]), {**BEN, "bundles": ["administrator"], **taken})

    assert answer.status_code == 422
    assert "At least one user must be able to configure Keel." in answer.content.decode()
    admin = User.objects.get(pk=admin.pk)
    assert (admin.name, admin.may("administer")) == ("Ida Admin", True)


def test_an_admin_may_go_when_there_is_another(admins, admin) -> None:
    factories.user(bundle="administrator")

    admins.post(reverse("team:user", args=[admin.pk]), BEN)

    assert not User.objects.get(pk=admin.pk).may("administer")


def test_a_bundle_says_what_its_holders_may_do(admins, ben) -> None:
    bundle = Bundle.objects.get(key="csm")

    admins.post(reverse("team:bundle", args=[bundle.pk]), {"name": "Success", "permissions": ["view", "import"]})

    bundle.refresh_from_db()
    assert (bundle.key, bundle.name, bundle.permissions) == ("csm", "Success", ["view", "import"])
    assert User.objects.get(pk=ben.pk).may("import")


def test_a_bundle_is_added_under_a_key_of_its_own(admins) -> None:
    admins.post(reverse("team:bundle-new"), {"name": "Data team", "permissions": ["view", "import"]})
    again = admins.post(reverse("team:bundle-new"), {"name": "Data Team", "permissions": []})

    assert Bundle.objects.get(name="Data team").key == "data_team"
    assert again.status_code == 422


def test_the_bundle_of_the_last_admin_keeps_its_power(admins) -> None:
    bundle = Bundle.objects.get(key="administrator")

    answer = admins.post(reverse("team:bundle", args=[bundle.pk]), {"name": "Administrator", "permissions": ["view"]})

    assert answer.status_code == 422
    bundle.refresh_from_db()
    assert "administer" in bundle.permissions


def test_a_token_is_shown_once(admins, admin) -> None:
    asked = {"user": admin.pk, "name": "Salesforce sync", "scopes": ["contacts:write"], "days": "30"}

    answer = admins.post(reverse("team:token-list"), asked)

    secret = re.search(r'data-text="(keel_[^"]+)"', answer.content.decode())
    assert secret
    token = token_by_digest(digest_of(secret[1]))
    assert token
    assert (token.name, token.scopes, (token.expires_at - token.created_at).days) == (
        "Salesforce sync",
        ["contacts:write"],
        30,
    )
    assert "no-store" in answer["Cache-Control"]
    assert secret[1] not in admins.get(reverse("team:token-list")).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"days": "367"}, {"days": "0"}, {"scopes": ["everything"]}, {"scopes": []}, {"name": ""}]
)
def test_a_token_nobody_may_have_is_refused(admins, admin, wrong) -> None:
    asked = {"user": admin.pk, "name": "Sync", "scopes": ["contacts:write"], "days": "30", **wrong}

    assert admins.post(reverse("team:token-list"), asked).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_ended(admins, admin) -> None:
    asked = {"user": admin.pk, "name": "Sync", "scopes": ["contacts:write"], "days": "30"}
    admins.post(reverse("team:token-list"), asked)
    token = ApiToken.objects.get()

    admins.post(reverse("team:token-revoke", args=[token.pk]))

    token.refresh_from_db()
    assert token.revoked_at
    assert "Revoked" in admins.get(reverse("team:token-list")).content.decode()


def test_the_list_of_users_costs_the_same_however_long_it_is(admins, django_assert_num_queries) -> None:
    for _ in range(20):
        factories.user(bundle="csm")

    with django_assert_num_queries(8):
        admins.get(reverse("team:user-list"))
