"""One small builder a noun: what a test does not say is plain and the same every time."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from accounts.models import (
    Account,
    ApiToken,
    Bundle,
    Entry,
    ExternalId,
    Line,
    LossReason,
    Opportunity,
    Organisation,
    Subscription,
    User,
)
from contacts.models import Membership, Person, SoldTo

TODAY = dt.date(2026, 3, 2)  # a Monday
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

_number = count(1)


def user(*, bundle: str | None = "csm", email: str = "", **fields: Any) -> User:
    """Return a user who holds the permissions of a bundle, or none."""
    number = next(_number)
    made = User.objects.create_user(email or f"user{number}@keel.example", **{"name": f"User {number}", **fields})
    if bundle:
        made.bundles.add(Bundle.objects.get(key=bundle))
    return made


def organisation(**fields: Any) -> Organisation:
    plain = {"name": "Keel Works", "postal_address": "1 Harbour Street, Porto", **fields}
    return Organisation.objects.update_or_create(pk=1, defaults=plain)[0]


def account(**fields: Any) -> Account:
    return Account.objects.create(**{"name": f"Account {next(_number)}", **fields})


def _some_account() -> Account:
    return account()


def subscription(*, account: Account | None = None, **fields: Any) -> Subscription:
    plain = {"number": f"A-S{next(_number):05d}", "started_date": TODAY - dt.timedelta(days=365), **fields}
    return Subscription.objects.create(account=account or _some_account(), **plain)


def _some_subscription(account: Account | None, since: dt.date) -> Subscription:
    return subscription(account=account, started_date=since)


def line(
    *,
    subscription: Subscription | None = None,
    account: Account | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    known_since: dt.datetime = LONG_AGO,
    known_until: dt.datetime | None = None,
    **fields: Any,
) -> Line:
    """Return a line in force from `since` until `until` (exclusive); without a subscription it makes one."""
    since = since or TODAY - dt.timedelta(days=365)
    within = subscription or _some_subscription(account, since)
    plain = {"product": "Premium", "seats": 10, "arr": Decimal(1200), **fields}
    return Line.objects.create(
        subscription=within,
        valid=DateRange(since, until),
        known=DateTimeTZRange(known_since, known_until),
        **plain,
    )


def opportunity(
    *, account: Account | None = None, reasons: Iterable[tuple[str, str]] = (), **fields: Any
) -> Opportunity:
    """Return an opportunity, by default a first order that was won; `reasons` are pairs of reason and share."""
    plain = {"name": "New business", "order_type": "1", "stage": "Closed Won", "close_date": TODAY, **fields}
    made = Opportunity.objects.create(account=account or _some_account(), **plain)
    LossReason.objects.bulk_create(
        LossReason(opportunity=made, reason=reason, share=Decimal(share)) for reason, share in reasons
    )
    return made


def entry(*, account: Account | None = None, **fields: Any) -> Entry:
    plain = {"kind": "call", "subject": "Cadence call", "occurred_at": NOW, **fields}
    return Entry.objects.create(account=account or _some_account(), **plain)


def person(**fields: Any) -> Person:
    number = next(_number)
    plain = {"email": f"person{number}@customer.example", "first_name": "Pat", "last_name": f"Example {number}"}
    return Person.objects.create(**{**plain, **fields})


def _somebody() -> Person:
    return person()


def membership(
    *, account: Account | None = None, person: Person | None = None, roles: Iterable[str] = (), **fields: Any
) -> Membership:
    """Return a contact: somebody at an account, with GitLab roles."""
    return Membership.objects.create(
        account=account or _some_account(),
        person=person or _somebody(),
        roles=sorted(roles),
        **fields,
    )


def sold_to(*, account: Account, person: Person, **fields: Any) -> SoldTo:
    plain = {"source": "order", "ordered_date": TODAY - dt.timedelta(days=365), **fields}
    return SoldTo.objects.create(account=account, person=person, **plain)


def external_id(
    *, row: Account | Membership | Subscription, kind: str, name: str, system: str = "salesforce"
) -> ExternalId:
    return ExternalId.objects.create(system=system, kind=kind, external_id=name, object_id=row.pk)


def token(*, user: User, scopes: Iterable[str], expires_at: dt.datetime | None = None) -> str:
    """Return the secret of a token that may do what `scopes` say; it lives for ten years unless told."""
    secret = f"test-{next(_number)}"
    ApiToken.objects.create(
        user=user,
        name="Test",
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=list(scopes),
        created_at=LONG_AGO,
        expires_at=expires_at or dt.datetime(2120, 1, 1, tzinfo=dt.UTC),
    )
    return secret
