from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path

from cs_platform import panels
from tests import factories

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def page(request: HttpRequest) -> HttpResponse:
    """Stand in for a page of the navigation."""
    return HttpResponse()


accounts = [path("", page, name="account-list"), path("new/", page, name="account-new")]
imports = [path("", page, name="import-list")]
metrics = [path("", page, name="home"), path("retention/", page, name="retention")]
urlpatterns = [
    path("", page, name="home"),
    path("accounts/", include((accounts, "accounts"))),
    path("imports/", include((imports, "imports"))),
    path("metrics/", include((metrics, "metrics"))),
]


@pytest.fixture(autouse=True)
def _two_rooms(settings) -> None:
    settings.ROOT_URLCONF = __name__


def frame(user: Any, address: str = "/", theme: str = "") -> dict[str, Any]:
    request = RequestFactory().get(address, headers={"Cookie": f"theme={theme}"})
    request.user = user
    return panels.frame(request)["frame"]


def labels(user: Any, address: str = "/") -> list[tuple[str, bool]]:
    return [(link["label"], link["is_current"]) for _, links in frame(user, address)["nav"] for link in links]


def test_navigation_shows_what_is_installed_and_allowed_and_nothing_else(ada, eve) -> None:
    assert [label for label, _ in labels(ada)] == ["Home", "Accounts", "Metrics", "Retention", "Imports"]
    assert [label for label, _ in labels(eve)] == ["Home"]


def test_the_section_one_is_in_is_current(ada) -> None:
    assert dict(labels(ada, "/accounts/7/")) == {
        "Home": False,
        "Accounts": True,
        "Metrics": False,
        "Retention": False,
        "Imports": False,
    }
    assert dict(labels(ada, "/"))["Home"] is True


def test_a_section_inside_another_is_current_alone(ada) -> None:
    assert [label for label, is_current in labels(ada, "/metrics/retention/rows/") if is_current] == ["Retention"]
    assert [label for label, is_current in labels(ada, "/metrics/burn-down/") if is_current] == ["Metrics"]


def test_every_section_has_a_key_of_its_own() -> None:
    keys = [item.key for _, items in panels.SECTIONS for item in items]

    assert all(keys)
    assert len(set(keys)) == len(keys)


def test_a_phone_has_the_rest_under_more(ada) -> None:
    assert [link["label"] for link in frame(ada)["dock"]] == ["Home", "Accounts"]
    assert [link["label"] for link in frame(ada)["more"]] == ["Metrics", "Retention", "Imports"]


def test_the_new_menu_offers_what_the_user_may_make(eve) -> None:
    assert frame(eve)["new"] == []


@pytest.mark.django_db
def test_nobody_signed_in_has_a_frame_without_navigation() -> None:
    assert "nav" not in frame(AnonymousUser())


@pytest.mark.parametrize(("cookie", "theme"), [("keel-dark", "keel-dark"), ("keel", "keel"), ('"><b>', ""), ("", "")])
def test_the_theme_is_one_of_two_or_that_of_the_device(ada, cookie: str, theme: str) -> None:
    assert frame(ada, theme=cookie)["theme"] == theme


def test_safe_mode_is_told_on_every_page(ada) -> None:
    factories.organisation(is_safe_mode=True, allowed_addresses=["a@keel.example"])

    strips = frame(ada)["strips"]

    assert [(strip.template, strip.data["allowed"]) for strip in strips] == [("ui/_safe_mode.html", 1)]


def test_without_safe_mode_nothing_is_told(ada) -> None:
    factories.organisation(is_safe_mode=False)

    assert frame(ada)["strips"] == []


def test_a_demo_shows_its_date_where_it_can_be_moved(settings, ada) -> None:
    request = RequestFactory().get("/")

    assert panels.demo_bar(request, NOW) is None
    settings.DEMO = True
    assert panels.demo_bar(request, NOW) is None  # nothing here moves time
