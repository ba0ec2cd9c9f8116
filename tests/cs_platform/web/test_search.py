from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from accounts.models import Account, User
from cs_platform.web.search import search
from programs.design.rules import Step
from tests import factories, mail
from tests.programs import world


def page(request: HttpRequest, key: int = 0) -> HttpResponse:
    """Stand in for a page that a hit leads to."""
    return HttpResponse()


accounts = [
    path("", page, name="account-list"),
    path("new/", page, name="account-new"),
    path("<int:key>/", page, name="account"),
]
contacts = [path("<int:key>/", page, name="person")]
team = [path("me/", page, name="profile"), path("out/", page, name="sign-out")]
programs = [path("<int:key>/emails/", page, name="program-emails")]
urlpatterns = [
    path("search/", search, name="search"),
    path("accounts/", include((accounts, "accounts"))),
    path("contacts/", include((contacts, "contacts"))),
    path("programs/", include((programs, "programs"))),
    path("", include((team, "team"))),
]


@pytest.fixture(autouse=True)
def _pages(settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def acme(db) -> Account:
    acme = factories.account(name="Acme Industries")
    factories.membership(account=acme, person=factories.person(first_name="Amara", last_name="Nwosu"))
    return acme


@pytest.fixture
def hits(browser_of, acme) -> Callable[[User, str], list[tuple[str, str]]]:
    """Return a function that gives the (kind, label) hits of a user for some words."""

    def search(user: User, words: str) -> list[tuple[str, str]]:
        body = browser_of(user, htmx=True).get("/search/", {"q": words}).content.decode()
        labels = re.findall(r'truncate font-medium">(.*?)</span>', body)
        return list(zip(re.findall(r'class="note">(.*?)</span>', body), labels, strict=True))

    return search


def test_accounts_and_contacts_are_found_by_the_beginnings_of_their_words(hits, ada) -> None:
    assert ("Account", "Acme Industries") in hits(ada, "ind acm")
    assert hits(ada, "nwosu") == [("Contact", "Amara Nwosu · Acme Industries")]


def test_sections_are_found_by_the_names_other_tools_give_them(hits, ada) -> None:
    assert hits(ada, "C360") == [("Section", "Accounts")]


def test_without_words_the_sections_are_offered(hits, ada) -> None:
    assert hits(ada, "  ") == [("Section", "Accounts")]


def test_what_may_be_made_is_offered_to_whoever_may_make_it(hits, ada, eve) -> None:
    assert ("Action", "New account") in hits(ada, "new acc")
    assert hits(eve, "new acc") == []


def test_a_stranger_finds_nobody(hits, eve) -> None:
    assert hits(eve, "acme") == []


def test_a_public_sector_account_is_found_only_with_its_permission(hits, ada, ben) -> None:
    factories.account(name="City of Acme", is_pubsec=True)

    assert hits(ada, "city") == [("Account", "City of Acme")]
    assert hits(ben, "city") == []


def test_words_with_markup_in_them_stay_words(browser_of, ada) -> None:
    body = browser_of(ada).get("/search/", {"q": "<script>"}).content

    assert b"<script>" not in body
    assert b"No results." in body


def test_an_email_is_found_by_its_subject(hits, ada) -> None:
    email = mail.email(subject="Your first pipeline in ten minutes")
    world.published(ada, Step("start", "email", "Start", 0, email.pk))

    assert hits(ada, "pipeline in") == [("Email", "Your first pipeline in ten minutes · Welcome")]
