"""The repair tools: who gets in, that every table can be looked at, and that little can be changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import Change, FxRate
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TABLES = sorted(
    (model._meta.app_label, model._meta.model_name)
    for name in ("common", "accounts", "contacts", "surveys", "programs", "metrics", "integrations")
    for model in apps.get_app_config(name).get_models()
    if model in admin.site._registry
)
# Facts that are only ever appended, the ledger, and what has a page of its own.
NEVER_CHANGED = {"change", "entry", "line", "rolechange", "delivery", "milestone", "answer", "response", "user"}


@pytest.fixture
def admins(browser_of: Any) -> Client:
    return browser_of(factories.user(bundle="administrator", email="ida@keel.example"))


def page(kind: str, app: str, model: str, *ids: int) -> str:
    return reverse(f"admin:{app}_{model}_{kind}", args=ids)


@pytest.mark.parametrize("who", ["ada", "ben", "eve", "reader"])
def test_only_who_may_administer_gets_in(who, request, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))

    assert client.get(reverse("admin:login")).status_code == 403
    assert client.get(page("changelist", "accounts", "account")).status_code in (302, 403)


def test_a_stranger_is_led_to_the_sign_in_page_of_keel(ada) -> None:
    answer = Client().get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("team:sign-in"))


def test_the_tools_carry_the_icon_of_keel(admins) -> None:
    assert 'rel="icon"' in admins.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(("app", "model"), TABLES)
def test_every_table_can_be_looked_at(admins, app, model) -> None:
    assert admins.get(page("changelist", app, model)).status_code == 200


@pytest.mark.parametrize(("app", "model"), TABLES)
def test_rows_are_not_made_or_deleted_here_but_for_exchange_rates(app, model, rf) -> None:
    request = rf.get("/")
    request.user = factories.user(bundle="administrator")
    table = admin.site._registry[apps.get_model(app, model)]

    assert table.has_add_permission(request) == (model == "fxrate")
    assert not table.has_delete_permission(request)
    assert not (model in NEVER_CHANGED and table.has_change_permission(request))


def test_a_column_is_mended_and_the_change_is_audited(admins) -> None:
    account = factories.account(name="Acme")
    given = {"industry": "Ships", "country": "PT", "zone": "UTC", "switched_off": "", "name": "Changed", "csm": ""}

    answer = admins.post(page("change", "accounts", "account", account.pk), given)

    account.refresh_from_db()
    assert answer.status_code == 302
    assert (account.industry, account.name) == ("Ships", "Acme")
    assert Change.objects.filter(table_name="accounts_account", actor="ida@keel.example", operation__iexact="update")


def test_an_exchange_rate_is_written(admins) -> None:
    admins.post(page("add", "accounts", "fxrate"), {"currency": "EUR", "date": "2026-01-01", "rate": "1.1"})

    assert FxRate.objects.get().date == dt.date(2026, 1, 1)


def test_a_page_of_rows_carries_no_script_or_style_of_its_own(admins) -> None:
    factories.account()
    text = admins.get(page("changelist", "accounts", "account")).content.decode()

    assert " style=" not in text
    assert "<script>" not in text


def test_a_list_costs_the_same_however_long_it_is(admins, django_assert_max_num_queries) -> None:
    for _ in range(20):
        factories.line(account=factories.account(csm=factories.user()), known_since=NOW)

    for model in ("account", "line", "subscription"):
        with django_assert_max_num_queries(8):
            admins.get(page("changelist", "accounts", model))
