from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection

from django.db.models import Q

from accounts.team.models import ApiToken, Bundle, Organisation, User
from accounts.team.rules import digest_of, unknown_scopes

DEFAULT_LIFETIME = dt.timedelta(days=90)
LONGEST_LIFETIME = dt.timedelta(days=366)
# Writing "last used" at every call would make one row the busiest of the database.
LAST_USED_GRAIN = dt.timedelta(minutes=1)


class UnknownScope(ValueError):
    """A token was asked for with a scope that does not exist."""


class LivesTooLong(ValueError):
    """A token was asked for that would never be renewed."""


class AddressTaken(ValueError):
    """Somebody signs in with this address already."""


class UnknownBundle(ValueError):
    """There is no permission bundle with this key."""


def add_user(
    *,
    email: str,
    name: str,
    password: str,
    bundles: Collection[str],
    home: str = "",
    title: str = "",
    zone: str = "UTC",
) -> User:
    """
    Add somebody who signs in.

    :raises AddressTaken: if the address signs in already.
    :raises UnknownBundle: naming the keys that are no bundle.
    """
    if User.objects.filter(email=email.strip().lower()).exists():
        raise AddressTaken(f"{email} signs in already.")
    found = list(Bundle.objects.filter(key__in=bundles))
    if missing := set(bundles) - {bundle.key for bundle in found}:
        raise UnknownBundle(f"No permission bundle is called {', '.join(sorted(missing))}.")
    chosen = {"home": home} if home else {}
    user = User.objects.create_user(email.strip(), password, name=name, title=title, zone=zone, **chosen)
    user.bundles.set(found)
    return user


def describe_organisation(
    *, name: str, postal_address: str, zone: str, currency: str, fiscal_year_start_month: int
) -> None:
    """Say who runs this installation; what is not mentioned here stays as it is."""
    Organisation.objects.update_or_create(
        pk=1,
        defaults={
            "name": name,
            "postal_address": postal_address,
            "zone": zone,
            "currency": currency,
            "fiscal_year_start_month": fiscal_year_start_month,
        },
    )


def issue_token(
    *, user: User, name: str, scopes: Collection[str], now: dt.datetime, lifetime: dt.timedelta = DEFAULT_LIFETIME
) -> str:
    """
    Make a key to the API and return its secret, which is not kept and cannot be shown again.

    :raises UnknownScope: naming the scopes that do not exist.
    :raises LivesTooLong: when the lifetime is not between a moment and a year.
    """
    if unknown := unknown_scopes(scopes):
        raise UnknownScope(f"No scope is called {', '.join(unknown)}.")
    if not dt.timedelta() < lifetime <= LONGEST_LIFETIME:
        raise LivesTooLong(f"A token lives between 1 and {LONGEST_LIFETIME.days} days.")
    secret = f"keel_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + lifetime,
    )
    return secret


def revoke_token(*, token: ApiToken, now: dt.datetime) -> None:
    """End a token. Ending it twice keeps the first end."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)


def note_use(*, token: ApiToken, now: dt.datetime) -> None:
    """Remember that a token was used, to the minute."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_GRAIN)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def change_settings(*, user: User, zone: str, is_compact: bool, has_letter_keys: bool) -> None:
    """Remember how Keel should look and behave for this person."""
    user.zone, user.is_compact, user.has_letter_keys = zone, is_compact, has_letter_keys
    user.save(update_fields=["zone", "is_compact", "has_letter_keys"])


def change_password(*, user: User, password: str) -> None:
    """Give the person a new password; every other browser of hers is signed out by it."""
    user.set_password(password)
    user.save(update_fields=["password"])
