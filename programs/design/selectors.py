from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch

from programs.design import rules
from programs.design.models import Program, Status, Version


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    A day that programs count from.

    `sql` gives an account's anchor day (or null) for the alias `a` of accounts_account and the parameter %(today)s.
    `occasion_sql` gives the day that names the occasion, where that is another: a survey whose day may still move is
    sent once per contract all the same. `is_shared` says that it is the same day for everybody: what is written then,
    such as a newsletter, is about no account in particular.
    """

    key: str
    label: str
    sql: str
    occasion_sql: str = ""
    is_shared: bool = False

    @property
    def occasion(self) -> str:
        return self.occasion_sql or self.sql


_anchors: dict[str, Anchor] = {}


def register_anchor(anchor: Anchor) -> None:
    """Make an anchor known; rooms above add theirs."""
    _anchors[anchor.key] = anchor


def anchor(key: str) -> Anchor:
    return _anchors[key]


def anchor_names() -> list[str]:
    return sorted(_anchors)


register_anchor(Anchor("contract_start", "contract date", "a.contract_date"))
register_anchor(Anchor("renewal", "renewal date", "a.renewal_date"))
register_anchor(
    Anchor(
        "last_renewal",
        "last renewal",
        "(select max(o.close_date) from accounts_opportunity o where o.account_id = a.id and o.is_closed and o.is_won"
        " and o.available_to_renew > 0 and o.close_date <= %(today)s)",
    )
)
register_anchor(
    Anchor(
        "csm_assigned",
        "first CSM assignment",
        "(select min(lower(c.during)) from accounts_csmassignment c where c.account_id = a.id)",
    )
)
register_anchor(
    Anchor(
        "fourth_friday",
        "fourth Friday of the month",
        # Day of week of the first (0 is Sunday) to the first Friday, then three weeks on.
        "(date_trunc('month', %(today)s::date)::date"
        " + (12 - extract(dow from date_trunc('month', %(today)s::date))::int) %% 7 + 21)",
        is_shared=True,
    )
)


@dataclass(frozen=True, slots=True)
class RunningProgram:
    """An active program with the version that new participants enter, its document read."""

    program: Program
    version: Version
    document: rules.Document


def running_programs() -> list[RunningProgram]:
    """Return every active program with its newest version; two queries."""
    newest = Prefetch("versions", Version.objects.order_by("-number"), to_attr="newest_first")
    found = []
    for program in Program.objects.filter(status=Status.ACTIVE).prefetch_related(newest).order_by("id"):
        versions: list[Version] = getattr(program, "newest_first")  # noqa: B009 (the prefetch's name)
        if versions:
            found.append(RunningProgram(program, versions[0], rules.from_json(versions[0].document)))
    return found


def documents(version_ids: set[int]) -> dict[int, rules.Document]:
    """Return the documents of these versions, read, by version number in the database."""
    rows = Version.objects.filter(pk__in=version_ids).values_list("id", "document")
    return {pk: rules.from_json(document) for pk, document in rows}


def versions_of(program: Program) -> list[Version]:
    """Return a program's versions with who published them, newest first."""
    return list(program.versions.select_related("published_by").order_by("-number"))


def newest_version(program: Program) -> Version | None:
    return program.versions.order_by("-number").first()


def is_mature(program: Program, *, now: dt.datetime) -> bool:
    """Whether a program's figures mean something: 30 days after its first publication (GitLab handbook)."""
    return program.first_published_at is not None and now - program.first_published_at >= dt.timedelta(days=30)
