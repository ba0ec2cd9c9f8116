"""Facts about accounts and their contacts, loaded in sets, for the one function that decides (recipients.rules)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from accounts.book.models import Account, Stage
from contacts.consent.selectors import suppressed
from contacts.people.models import Membership, SoldTo
from contacts.recipients.rules import (
    DEFAULT_POLICIES,
    Access,
    AccountFacts,
    Channel,
    ContactFacts,
    Deployment,
    MessageClass,
    Policy,
    Reason,
    Resolution,
    Segment,
    resolve,
)


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


def people_of(account_ids: Collection[int], *, now: dt.datetime) -> dict[int, AccountPeople]:
    """Return these accounts with their contacts and all facts that decide who is written to; five queries."""
    history = _survey_history[0](account_ids, today=now.date()) if _survey_history else SurveyHistory()
    memberships = list(
        Membership.objects.live().filter(account__in=account_ids).select_related("person").order_by("account_id", "id")
    )
    bought = set(SoldTo.objects.filter(account__in=account_ids).values_list("account_id", "person_id"))
    silenced = suppressed([m.person.email for m in memberships if m.person.email], now=now)
    contacts: dict[int, list[Reachable]] = {number: [] for number in account_ids}
    for membership in memberships:
        contacts[membership.account_id].append(_reachable(membership, bought, silenced, history))
    return {
        account.pk: AccountPeople(account, _facts(account, history), tuple(contacts[account.pk]))
        for account in Account.objects.filter(pk__in=account_ids).select_related("csm")
    }


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
    membership: Membership, bought: set[tuple[int, int]], silenced: Mapping[str, str], history: SurveyHistory
) -> Reachable:
    person = membership.person
    return Reachable(
        facts=ContactFacts(
            key=membership.pk,
            roles=frozenset(membership.roles),
            is_sold_to=(membership.account_id, person.pk) in bought,
            access=Access(membership.access) if membership.access else None,
            is_active=membership.is_active,
            has_address=bool(person.email),
            suppression=silenced.get(person.email or ""),
            opted_out=frozenset(membership.opted_out),
            days_since_csat=history.days_since_csat.get(person.pk),
        ),
        membership_id=membership.pk,
        person_id=person.pk,
        email=person.email or "",
        first_name=person.first_name,
        last_name=person.last_name,
        zone=person.zone,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one contact would receive a message of one class, and why."""

    contact: Reachable
    receives: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class ClassAnswers:
    """Who would receive a message of one class at an account."""

    message_class: MessageClass
    answers: tuple[Answer, ...]
    unreached: Reason | None

    @property
    def recipients(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.receives)


def who_would_receive(account_id: int, *, now: dt.datetime) -> tuple[ClassAnswers, ...]:
    """Return for every class of message who at this account would receive it, and why the others would not."""
    people = people_of([account_id], now=now)[account_id]
    contacts = people.by_membership()
    found = []
    for message_class, policy in DEFAULT_POLICIES.items():
        resolution = people.resolve(policy)
        answers = tuple(Answer(contacts[d.key], d.receives, d.reason) for d in resolution.decisions)
        found.append(ClassAnswers(message_class, answers, resolution.unreached))
    return tuple(found)
