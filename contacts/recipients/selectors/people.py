"""Facts about accounts and their contacts, loaded in sets, for the one function that decides (recipients.rules)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from accounts.book.models import Account, Stage
from contacts.consent.selectors import opted_out_sql, suppressed
from contacts.people.models import Membership, SoldTo
from contacts.recipients.rules import (
    Access,
    AccountFacts,
    Channel,
    ContactFacts,
    Deployment,
    Policy,
    Reason,
    Resolution,
    Segment,
    resolve,
)
from cs_platform.common import clock


@dataclass(frozen=True, slots=True)
class SurveyHistory:
    """When people were last asked for CSAT (days ago), and how often their accounts were in the past year."""

    days_since_csat: Mapping[int, int] = field(default_factory=dict)
    csat_past_year: Mapping[int, int] = field(default_factory=dict)


class SurveyHistorySource(Protocol):
    def __call__(self, account_ids: Collection[int], *, today: dt.date) -> SurveyHistory: ...


# Surveys live in a room above this one and say here what they know.
_survey_history: list[SurveyHistorySource] = []


def register_survey_history(source: SurveyHistorySource) -> None:
    _survey_history[:] = [source]


@dataclass(frozen=True, slots=True)
class Reachable:
    """A contact as far as writing to them goes; `facts.key` is the membership's number."""

    facts: ContactFacts
    membership_id: int
    person_id: int
    email: str
    first_name: str
    last_name: str
    zone: str


@dataclass(frozen=True, slots=True)
class AccountPeople:
    """An account and everybody there, with what decides about them."""

    account: Account
    facts: AccountFacts
    contacts: tuple[Reachable, ...]

    def resolve(self, policy: Policy) -> Resolution:
        return resolve(policy, self.facts, [contact.facts for contact in self.contacts])

    def by_membership(self) -> dict[int, Reachable]:
        return {contact.membership_id: contact for contact in self.contacts}


def people_of(account_ids: Collection[int], *, now: dt.datetime, asks_csat: bool = True) -> dict[int, AccountPeople]:
    """
    Return these accounts with their contacts and all facts that decide who is written to; six queries.

    Only CSAT heeds when people were asked last; who does not ask for it (`asks_csat`) is spared the look.
    """
    if not account_ids:
        return {}
    account_ids = list(account_ids)
    asks = asks_csat and _survey_history
    history = _survey_history[0](account_ids, today=clock.date_of(now)) if asks else SurveyHistory()
    rows = list(_contact_rows(account_ids))
    bought = set(SoldTo.objects.filter(account__in=account_ids).values_list("account_id", "person_id"))
    silenced = suppressed([row.email for row in rows if row.email], now=now)
    contacts: dict[int, list[Reachable]] = {number: [] for number in account_ids}
    for row in rows:
        contacts[row.account_id].append(_reachable(row, bought, silenced, history))
    return {
        account.pk: AccountPeople(account, _facts(account, history), tuple(contacts[account.pk]))
        for account in Account.objects.filter(pk__in=account_ids).select_related("csm")
    }


class _Row(NamedTuple):
    """A contact as the database has it; plain, because a newsletter reads thousands."""

    membership_id: int
    account_id: int
    person_id: int
    roles: list[str]
    access: str
    is_active: bool
    opted_out: list[str]
    email: str | None
    first_name: str
    last_name: str
    zone: str


def _contact_rows(account_ids: Collection[int]) -> Iterator[_Row]:
    columns = (
        "id", "account_id", "person_id", "roles", "access", "is_active", "opted_out",
        "person__email", "person__first_name", "person__last_name", "person__zone",
    )  # fmt: skip
    found = Membership.objects.live().filter(account__in=account_ids).order_by("account_id", "id")
    return map(_Row._make, found.values_list(*columns))


def _facts(account: Account, history: SurveyHistory) -> AccountFacts:
    return AccountFacts(
        segment=Segment(account.segment),
        purchase_channel=Channel(account.purchase_channel),
        deployment=Deployment(account.deployment),
        is_restricted=account.is_restricted,
        is_pubsec=account.is_pubsec,
        is_churned=account.stage == Stage.CHURNED,
        switched_off=frozenset(account.switched_off),
        csat_surveys_past_year=history.csat_past_year.get(account.pk, 0),
    )


def _reachable(
    row: _Row, bought: set[tuple[int, int]], silenced: Mapping[str, str], history: SurveyHistory
) -> Reachable:
    return Reachable(
        facts=ContactFacts(
            key=row.membership_id,
            roles=frozenset(row.roles),
            is_sold_to=(row.account_id, row.person_id) in bought,
            access=Access(row.access) if row.access else None,
            is_active=row.is_active,
            has_address=bool(row.email),
            suppression=silenced.get(row.email or ""),
            opted_out=frozenset(row.opted_out),
            days_since_csat=history.days_since_csat.get(row.person_id),
        ),
        membership_id=row.membership_id,
        person_id=row.person_id,
        email=row.email or "",
        first_name=row.first_name,
        last_name=row.last_name,
        zone=row.zone,
    )


def account_refusal_sql(
    *,
    account: str,
    category: str,
    include_restricted: str = "false",
    includes_churned: str = "false",
    excludes_pubsec: str = "false",
) -> str:
    """
    Return SQL for why an account as a whole gets no mail of a category: the code of a Reason, or null.

    `account` is the alias of accounts_account, `category` and what the policy says are SQL expressions. The same as
    rules.resolution says first of all, in its order; a test holds the two together.
    """
    switched_off = opted_out_sql(opted_out=f"{account}.switched_off", category=category)
    return (
        "case"
        f" when {account}.is_restricted and not {include_restricted} then '{Reason.RESTRICTED_ACCOUNT.value}'"
        f" when {account}.stage = '{Stage.CHURNED.value}' and not {includes_churned}"
        f" then '{Reason.ACCOUNT_CHURNED.value}'"
        f" when {account}.is_pubsec and {excludes_pubsec} then '{Reason.PUBSEC_EXCLUDED.value}'"
        f" when {switched_off} then '{Reason.ACCOUNT_SWITCHED_OFF.value}' end"
    )
