"""
Who can be reached: the one answer behind Home, lists, filters, coverage, the API and "who would receive".

What is read here is kept (recipients.operations). Whoever reads catches up first with what has just changed, so that a
page shows the edit made a moment ago; a large import is left to the drain of the outbox.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.book.models import Account
from accounts.team.models import User
from contacts.people.models import Membership, Person
from contacts.recipients.models import AccountReach, Reach
from contacts.recipients.rules import MessageClass, Reason
from cs_platform.common import outbox
from cs_platform.common.keyset import Column
from cs_platform.common.once import once

TOUCHED = "recipients.touched"
MOST_IMPORTANT = [
    Column("priority", is_nullable=True),
    Column("arr", is_descending=True),
    Column("search__name_key"),
    Column("pk"),
]

# The business instant, which a demo moves ahead of the database's clock.
BUSINESS_NOW = "(select keel_recorded_at())"
BEHIND = f"""
select writable and exists (select from common_outbox where done_at is null and kind = '{TOUCHED}'),
  writable and exists (select from contacts_accountreach where stale_at <= {BUSINESS_NOW})
from (select current_setting('transaction_read_only') = 'off' as writable) session
"""  # noqa: S608 (constants of ours)
NOTE_STALE = f"""
insert into common_outbox (kind, payload, created_at, attempts, error)
select '{TOUCHED}', jsonb_build_object('accounts', jsonb_agg(account_id)), clock_timestamp(), 0, ''
from (select account_id from contacts_accountreach where stale_at <= {BUSINESS_NOW} order by stale_at limit 1000) stale
having count(*) > 0
"""  # noqa: S608 (constants of ours)


def catch_up() -> None:
    """Bring the kept answers up to date with what is committed by now; while a page is made, once."""
    once("recipients.reach", _catch_up)


def _catch_up() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(BEHIND)
        is_touched, is_stale = cursor.fetchone()
        if is_stale:
            cursor.execute(NOTE_STALE)
    if is_touched or is_stale:
        outbox.catch_up(TOUCHED)
    return True


# Accounts --------------------------------------------------------------------------------------------------------


def reachable() -> Q:
    """Return the condition on accounts that at least one class of message reaches somebody there."""
    catch_up()
    return Q(reach__is_reachable=True)


def has_reachable_admin() -> Q:
    """Return the condition on accounts that a GitLab Admin is among those who are reached there."""
    catch_up()
    return Q(reach__has_admin=True)


def why_unreachable(account_ids: Collection[int]) -> dict[int, Reason]:
    """Return, of these accounts, those that nobody can be reached at, with the reason; one query."""
    rows = AccountReach.objects.filter(account__in=account_ids, is_reachable=False).exclude(reason="")
    return {number: Reason(reason) for number, reason in rows.values_list("account_id", "reason")}


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many customers can be reached."""

    reached: int
    total: int

    @property
    def unreached(self) -> int:
        return self.total - self.reached

    @property
    def share(self) -> float:
        return 100 * self.reached / self.total if self.total else 100.0


def coverage(viewer: User) -> Coverage:
    found = Account.objects.for_viewer(viewer).customers()
    counted = found.aggregate(total=Count("pk"), reached=Count("pk", filter=reachable()))
    return Coverage(reached=counted["reached"], total=counted["total"])


def accounts_without_admin(viewer: User) -> QuerySet[Account]:
    """Return the customers without a GitLab Admin who can be reached, the most important first."""
    return _customers(viewer).filter(~has_reachable_admin())


def unreachable_accounts(viewer: User) -> QuerySet[Account]:
    """Return the customers nobody can be reached at: what Home asks to be fixed, the most important first."""
    return _customers(viewer).filter(~reachable())


def _customers(viewer: User) -> QuerySet[Account]:
    customers = Account.objects.for_viewer(viewer).customers().filter(search__isnull=False)
    return customers.order_by(*(column.order_by() for column in MOST_IMPORTANT))


# Contacts --------------------------------------------------------------------------------------------------------


def is_reached() -> Exists:
    """Return the condition on memberships that the contact receives at least one class of message."""
    catch_up()
    ours = Reach.objects.filter(account=OuterRef("account"), recipients__contains=[OuterRef("pk")])
    return Exists(ours)


def reached_among(membership_ids: Collection[int]) -> set[int]:
    """Return those of these contacts who receive at least one class of message."""
    return set(Membership.objects.filter(is_reached(), pk__in=membership_ids).values_list("pk", flat=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether one contact would receive a message of one class, and why."""

    contact: Membership
    receives: bool
    reason: Reason

    @property
    def person(self) -> Person:
        return self.contact.person


@dataclass(frozen=True, slots=True)
class ClassAnswers:
    """Who would receive a message of one class at an account."""

    message_class: MessageClass
    answers: tuple[Answer, ...]
    unreached: Reason | None

    @property
    def recipients(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.receives)


def who_would_receive(account_id: int) -> tuple[ClassAnswers, ...]:
    """Return for every class of message who at this account would receive it, and why the others would not."""
    catch_up()
    contacts = Membership.objects.live().filter(account=account_id).select_related("person").in_bulk()
    kept = {reach.message_class: reach for reach in Reach.objects.filter(account=account_id)}
    return tuple(_answers(kept[each], contacts) for each in MessageClass if each in kept)


def _answers(kept: Reach, contacts: Mapping[int, Membership]) -> ClassAnswers:
    receiving = set(kept.recipients)
    answers = tuple(
        Answer(contacts[number], number in receiving, Reason(reason))
        for number, reason in zip(kept.contacts, kept.reasons, strict=True)
        if number in contacts
    )
    unreached = Reason(kept.reason) if kept.reason else None
    return ClassAnswers(MessageClass(kept.message_class), answers, unreached)
