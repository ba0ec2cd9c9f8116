"""What changed lately that somebody who runs programs should know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from accounts.book.models import Account
from accounts.team.models import User
from contacts.consent.models import Suppression
from contacts.people.models import RoleChange
from cs_platform.common import clock
from programs.design.models import Version

SINCE = dt.timedelta(days=14)
MOST = 10
MOST_OF_ONE = 5  # so that a busy source leaves room for the others


@dataclass(frozen=True, slots=True)
class News:
    """One line: when, what in words, by whom; `url_name` and `url_key` lead to where it can be seen."""

    at: dt.datetime
    icon: str
    text: str
    note: str = ""
    url_name: str = ""
    url_key: int | None = None


class NewsSource(Protocol):
    def __call__(self, viewer: User, *, since: dt.datetime, until: dt.datetime) -> Iterable[News]: ...


_sources: list[NewsSource] = []


def register_news(source: NewsSource) -> None:
    """Let a room say what changed there; rooms above this one add theirs."""
    if source not in _sources:
        _sources.append(source)


def latest_news(viewer: User, *, now: dt.datetime) -> Sequence[News]:
    """Return the newest changes of the last fourteen days, newest first; a query or two for each source."""
    found: list[News] = []
    for source in _sources:
        found += list(source(viewer, since=now - SINCE, until=now))[:MOST_OF_ONE]
    return sorted(found, key=lambda news: news.at, reverse=True)[:MOST]


def publications(viewer: User, *, since: dt.datetime, until: dt.datetime) -> Iterable[News]:
    versions = Version.objects.filter(published_at__gt=since, published_at__lte=until)
    for version in (
        versions.select_related("program", "published_by").defer("document").order_by("-published_at")[:MOST]
    ):
        yield News(
            version.published_at,
            "rocket",
            f"{version.program.name}: version {version.number} published",
            f"{version.published_by.name}{': ' if version.note else ''}{version.note}",
            "programs:program",
            version.program_id,
        )


def role_changes(viewer: User, *, since: dt.datetime, until: dt.datetime) -> Iterable[News]:
    """Role changes of a day by one person at one account are one line."""
    changes = RoleChange.objects.filter(
        changed_at__gt=since, changed_at__lte=until, membership__account__in=Account.objects.for_viewer(viewer)
    )
    days = (
        changes.order_by()
        .values_list(
            "membership__account", "membership__account__name", "actor", TruncDate("changed_at", tzinfo=clock.zone())
        )
        .annotate(number=Count("pk"), latest=Max("changed_at"))
        .order_by("-latest")[:MOST]
    )
    for account, name, actor, _, number, latest in days:
        roles = "A GitLab role" if number == 1 else f"{number} GitLab roles"
        yield News(latest, "shield-check", f"{roles} changed at {name}", actor, "accounts:account", account)


def suppressions(viewer: User, *, since: dt.datetime, until: dt.datetime) -> Iterable[News]:
    """Addresses that must not be written to any more, by reason and day; whose they are is not said."""
    days = (
        Suppression.objects.filter(since_at__gt=since, since_at__lte=until)
        .order_by()
        .values_list("reason", TruncDate("since_at", tzinfo=clock.zone()))
        .annotate(number=Count("pk"), latest=Max("since_at"))
        .order_by("-latest")[:MOST]
    )
    for reason, _, number, latest in days:
        addresses = "1 address" if number == 1 else f"{number} addresses"
        yield News(latest, "mail-x", f"{addresses} suppressed", Suppression.Reason(reason).label)


for each in (publications, role_changes, suppressions):
    register_news(each)
