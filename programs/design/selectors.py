from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Prefetch

from contacts.content.models import TemplateVersion
from programs.design import rules
from programs.design.models import Program, Status, Version


class EventKind(StrEnum):
    """How the events of a source are told apart when a date moves; see participants.rules."""

    BEGINNING = "beginning"  # an account's contracts begin: one event for lineages that begin within a quarter
    TERM_END = "term_end"  # a term of a lineage ends: one event a term
    ROW = "row"  # one event for each row that `subject_sql` names
    ONCE = "once"  # one event an account, for good


@dataclass(frozen=True, slots=True)
class EventSource:
    """
    Something that happens to accounts, such as renewals, and keeps its identity when its date is corrected.

    `day_sql` gives the day that an account's current event has (or null) for the alias `a` of accounts_account and
    the parameter %(today)s; `subject_sql` the number of the row that it is about, where there is one.
    """

    name: str
    kind: EventKind
    day_sql: str
    subject_sql: str = "null::bigint"

    @property
    def key_sql(self) -> str:
        """SQL for the key of an account's current event, null until participants.operations.events has seen it."""
        return (
            f"(select e.key from programs_anchorevent e where e.source = '{self.name}' and e.account_id = a.id"  # noqa: S608
            f" and e.date = {self.day_sql})"
        )


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    A day that programs count from.

    `sql` gives an account's anchor day (or null) for the alias `a` of accounts_account and the parameter %(today)s.
    `events` says which event of the account the day belongs to: whoever was written to because of an event is not
    written to because of it again, whatever day it turns out to have had. Without it the calendar itself is the
    anchor. `is_shared` says that it is the same day for everybody: what is written then, such as a newsletter, is
    about no account in particular.
    """

    key: str
    label: str
    sql: str
    events: EventSource | None = None
    is_shared: bool = False

    @property
    def event_sql(self) -> str:
        """SQL for the key of the event that the day belongs to."""
        return self.events.key_sql if self.events else f"({self.sql})::text"


CONTRACTS = EventSource("contract", EventKind.BEGINNING, "a.contract_date")
RENEWALS = EventSource(
    "renewal",
    EventKind.TERM_END,
    "a.renewal_date",
    "(select min(s.id) from accounts_subscription s join accounts_line l on l.subscription_id = s.id"
    " where s.account_id = a.id and s.superseded_by_id is null and not s.is_trial and l.category = 'base'"
    " and upper_inf(l.known) and upper(l.valid) = a.renewal_date)",
)
_RENEWED = (
    "(select {value} from accounts_opportunity o where o.account_id = a.id and o.is_closed and o.is_won"
    " and o.available_to_renew > 0 and o.close_date <= %(today)s order by o.close_date desc, o.id desc limit 1)"
)
LAST_RENEWALS = EventSource(
    "last_renewal", EventKind.ROW, _RENEWED.format(value="o.close_date"), _RENEWED.format(value="o.id")
)
CSM_ASSIGNMENTS = EventSource(
    "csm_assigned",
    EventKind.ONCE,
    "(select min(lower(c.during)) from accounts_csmassignment c where c.account_id = a.id)",
)

_anchors: dict[str, Anchor] = {}


def register_anchor(anchor: Anchor) -> None:
    """Make an anchor known; rooms above add theirs."""
    _anchors[anchor.key] = anchor


def anchor(key: str) -> Anchor:
    return _anchors[key]


def anchors() -> list[Anchor]:
    return list(_anchors.values())


def anchor_names() -> list[str]:
    return sorted(_anchors)


register_anchor(Anchor("contract_start", "contract date", CONTRACTS.day_sql, CONTRACTS))
register_anchor(Anchor("renewal", "renewal date", RENEWALS.day_sql, RENEWALS))
register_anchor(Anchor("last_renewal", "last renewal", LAST_RENEWALS.day_sql, LAST_RENEWALS))
register_anchor(Anchor("csm_assigned", "first CSM assignment", CSM_ASSIGNMENTS.day_sql, CSM_ASSIGNMENTS))
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


ABOUT_ACCOUNT = re.compile(r"\{\{\s*(account|csm|survey)\.")


def texts_about_accounts(version_ids: Collection[int]) -> set[int]:
    """Return which of these texts name something of the account; the footer, which names it always, is not asked."""
    rows = TemplateVersion.objects.filter(pk__in=version_ids).values_list("id", "subject", "preheader", "blocks")
    return {number for number, *words in rows if ABOUT_ACCOUNT.search(json.dumps(words))}


def is_about_account(step: rules.Step, document: rules.Document, about: Collection[int]) -> bool:
    """
    Return whether what a step says differs from account to account; `about` are the texts_about_accounts.

    If it does not, somebody at two accounts gets it once.
    """
    has_csm = document.replies_to_csm or document.copies_csm
    return step.survey_version is not None or has_csm or step.template_version in about
