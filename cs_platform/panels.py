"""WHAT: the frame around every page, and the panels of the account page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.team import selectors as team
from accounts.team.models import Permission, User
from contacts.delivery.selectors import open_breakers
from cs_platform.common import clock, dead_letters


@dataclass(frozen=True)
class Item:
    """One entry of a menu; `key` jumps to it after g, `permission` is who sees it (empty: everybody)."""

    label: str
    icon: str
    key: str
    url_name: str
    permission: str = ""


HOME = Item("Home", "house", "h", "home")
ACCOUNTS = Item("Accounts", "building-2", "a", "accounts:account-list", Permission.VIEW)
CONTACTS = Item("Contacts", "users", "p", "contacts:person-list", Permission.VIEW)
PROGRAMS = Item("Programs", "route", "r", "programs:program-list", Permission.VIEW)
OUTBOX = Item("Outbox", "mail", "o", "contacts:outbox", Permission.VIEW)
METRICS = Item("Metrics", "chart-line", "m", "metrics:home", Permission.VIEW)
TIME_TO_VALUE = Item("Time to value", "timer", "t", "metrics:value", Permission.VIEW)
RETENTION = Item("Retention", "repeat", "n", "metrics:retention", Permission.VIEW)
REASONS = Item("Churn and expansion", "unplug", "u", "metrics:reasons", Permission.VIEW)
IMPORTS = Item("Imports", "file-up", "i", "imports:import-list", Permission.IMPORT)
ATTENTION = Item("Attention", "triangle-alert", "w", "attention", Permission.ADMINISTER)

SECTIONS = (
    ("", (HOME, ACCOUNTS, CONTACTS)),
    ("Engage", (PROGRAMS, OUTBOX)),
    ("Measure", (METRICS, TIME_TO_VALUE, RETENTION, REASONS)),
    ("Data", (IMPORTS, ATTENTION)),
)
# On a phone these four are at hand; the others are under More.
DOCK = (HOME, ACCOUNTS, CONTACTS, PROGRAMS)

# What the New button offers.
NEW = (
    Item("Account", "building-2", "", "accounts:account-new", Permission.EDIT_ACCOUNTS),
    Item("Contact", "user-plus", "", "contacts:person-new", Permission.EDIT_CONTACTS),
    Item("Program", "route", "", "programs:program-new", Permission.RUN_PROGRAMS),
    Item("Import", "file-up", "", "imports:import-new", Permission.IMPORT),
)

# What an admin configures, as the tabs of one page.
SETTINGS = (
    Item("Organization", "building", "", "team:organisation", Permission.ADMINISTER),
    Item("Users", "users", "", "team:user-list", Permission.ADMINISTER),
    Item("Mail", "mail", "", "contacts:mail-settings", Permission.ADMINISTER),
    Item("GitLab roles", "tags", "", "contacts:role-list", Permission.ADMINISTER),
    Item("API tokens", "key-round", "", "team:token-list", Permission.ADMINISTER),
)


@dataclass(frozen=True)
class Panel:
    """One block of a page, loaded from its own address: `url_name` takes the account's (or the person's) id."""

    title: str
    url_name: str
    column: str = "main"  # or "aside", or "figures": a cell of the strip of key facts
    is_tab: bool = False  # has more to show on a page of its own


# The account page, from top to bottom. A room adds its panel with one line.
ACCOUNT_PANELS = (
    Panel("Licenses in use", "metrics:account-licenses", "figures"),
    Panel("Time to value", "metrics:account-value", "figures"),
    Panel("NPS", "surveys:account-nps", "figures"),
    Panel("Contacts", "contacts:account-contacts", is_tab=True),
    Panel("Who receives what", "contacts:account-recipients", is_tab=True),
    Panel("Timeline", "contacts:account-timeline", is_tab=True),
    Panel("Contracts", "accounts:account-contracts", "aside", is_tab=True),
    Panel("Programs", "programs:account-programs", "aside", is_tab=True),
    Panel("Survey responses", "surveys:account-answers", "aside"),
    Panel("CSM", "accounts:account-csm", "aside"),
    Panel("Milestones", "metrics:account-milestones", "aside"),
    Panel("Account hierarchy", "accounts:account-family", "aside"),
    Panel("Changes", "contacts:account-changes", "aside", is_tab=True),
)

# The page of a contact, below what the contacts room itself says.
PERSON_PANELS = (Panel("Program decisions", "programs:person-decisions"),)

# The page of a message in the Outbox; `url_name` takes the delivery's id.
MESSAGE_PANELS = (Panel("Why this recipient", "programs:message-why"),)


@dataclass(frozen=True)
class Strip:
    """A line above the page that says something about the whole installation."""

    template: str
    data: dict[str, Any] = field(default_factory=dict)


def demo_bar(request: HttpRequest, now: dt.datetime) -> Strip | None:
    """Return the simulated date with its Next day and Next week, in a demo."""
    advance = _address("demo:advance")
    if not (settings.DEMO and advance):
        return None
    return Strip("ui/_demo_bar.html", {"today": clock.today(), "advance": advance})


def safe_mode(request: HttpRequest, now: dt.datetime) -> Strip | None:
    """Return the banner that says that mail stays in the house, until an admin switches that off."""
    organisation = team.organisation()
    if organisation is None or not organisation.is_safe_mode:
        return None
    return Strip(
        "ui/_safe_mode.html", {"allowed": len(organisation.allowed_addresses), "outbox": _address(OUTBOX.url_name)}
    )


# Where somebody looks for mail; elsewhere the alarm is not worth a query a page.
ALARMED = ("home", "contacts:outbox", "contacts:mail-settings")


def sending_paused(request: HttpRequest, now: dt.datetime) -> Strip | None:
    """Return the alarm that the mail server refuses us, in its words, for who can do something about it."""
    user = getattr(request, "user", None)
    if not (isinstance(user, User) and user.may(Permission.ADMINISTER)):
        return None
    if request.path not in map(_address, ALARMED):
        return None
    breakers = open_breakers()
    if not breakers:
        return None
    first, url = breakers[0], _address("contacts:mail-settings")
    return Strip("ui/_sending_paused.html", {"key": first.key, "answer": first.answer, "url": url})


STRIPS: tuple[Callable[[HttpRequest, dt.datetime], Strip | None], ...] = (demo_bar, safe_mode, sending_paused)

THEMES = ("keel", "keel-dark")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every page its frame: navigation, the signed-in user and what they `may`, theme, strips, and `now`."""
    now = clock.now()
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    bare = {"theme": theme if theme in THEMES else "", "is_demo": settings.DEMO}
    if not isinstance(user, User):
        return {"now": now, "frame": bare, "may": {}}
    nav = [(title, _links(items, user, request.path)) for title, items in SECTIONS]
    listed = [link for _, links in nav for link in links]
    _mark_nearest(listed)
    # Django's own pages have a frame of their own, without the badge.
    if not request.path.startswith(_address("admin:index") or "/admin/"):
        _count_attention(listed)
    at_hand = [item.label for item in DOCK]
    return {
        "now": now,
        "business_date": cache(clock.today),
        "may": {permission.value: user.may(permission) for permission in Permission},
        "frame": {
            **bare,
            "user": user,
            "nav": [(title, links) for title, links in nav if links],
            "dock": [link for link in listed if link["label"] in at_hand],
            "more": [link for link in listed if link["label"] not in at_hand],
            "new": _links(NEW, user, ""),
            "settings": _links(SETTINGS, user, request.path),
            "account_panels": [panel for panel in ACCOUNT_PANELS if _address(panel.url_name, 0)],
            "person_panels": [panel for panel in PERSON_PANELS if _address(panel.url_name, 0)],
            "message_panels": [panel for panel in MESSAGE_PANELS if _address(panel.url_name, 0)],
            "search_url": _address("search"),
            "strips": [strip for make in STRIPS if (strip := make(request, now))],
        },
    }


# Return the entries this user may see; a room that is not installed has no address and no entry.
def _links(items: Iterable[Item], user: User, path: str) -> list[dict[str, Any]]:
    found = [(item, _address(item.url_name)) for item in items if not item.permission or user.may(item.permission)]
    return [
        {"label": item.label, "icon": item.icon, "key": item.key, "url": url, "is_current": _leads_here(url, path)}
        for item, url in found
        if url
    ]


# A page is in one section: where the address of a section begins like that of another, the longer one has it.
def _mark_nearest(links: list[dict[str, Any]]) -> None:
    current = [link for link in links if link["is_current"]]
    nearest = max(current, key=lambda link: len(link["url"]), default=None)
    for link in current:
        link["is_current"] = link is nearest


def _count_attention(links: list[dict[str, Any]]) -> None:
    for link in links:
        if link["label"] == ATTENTION.label:
            link["count"] = dead_letters.waiting().count()


def _leads_here(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _address(url_name: str, *arguments: object) -> str:
    try:
        return reverse(url_name, args=arguments)
    except NoReverseMatch:
        return ""
