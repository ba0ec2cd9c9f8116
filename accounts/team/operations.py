from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Collection
from contextlib import suppress

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from redis.exceptions import RedisError

from accounts.team.models import ApiToken, Bundle, Organisation, Permission, User
from accounts.team.rules import PATIENCE_SECONDS, counts_of_try, digest_of, unknown_scopes

DEFAULT_LIFETIME = dt.timedelta(days=90)
LONGEST_LIFETIME = dt.timedelta(days=366)
# Writing "last used" at every call would make one row the busiest of the database.
LAST_USED_GRAIN = dt.timedelta(minutes=1)

log = logging.getLogger("keel.sign_in")


class UnknownScope(ValueError):
    """A token was asked for with a scope that does not exist."""


class LivesTooLong(ValueError):
    """A token was asked for that would never be renewed."""


class AddressTaken(ValueError):
    """Somebody signs in with this address already."""


class UnknownBundle(ValueError):
    """There is no permission bundle with this key."""


class LastAdmin(Exception):
    """Nobody could configure the installation any more."""


class NameTaken(ValueError):
    """Another bundle has this name."""


class TooManyTries(Exception):
    """So many passwords were tried that nobody looks at another one for a while."""


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
        raise AddressTaken(f"A user with the email {email} already exists.")
    found = _bundles(bundles)
    chosen = {"home": home} if home else {}
    user = User.objects.create_user(email.strip(), password, name=name, title=title, zone=zone, **chosen)
    user.bundles.set(found)
    return user


@transaction.atomic
def change_user(
    *,
    user: User,
    name: str,
    title: str,
    home: str,
    bundles: Collection[str],
    is_active: bool,
    password: str = "",
) -> None:
    """
    Change what somebody is called and may do; a password only if one is given. Who is switched off is out at once.

    :raises UnknownBundle: naming the keys that are no bundle.
    :raises LastAdmin: if nobody could configure the installation any more.
    """
    found = _bundles(bundles, is_locked=True)
    user.name, user.title, user.home, user.is_active = name, title, home, is_active
    if password:
        user.set_password(password)
    user.save(update_fields=["name", "title", "home", "is_active", *(["password"] if password else [])])
    user.bundles.set(found)
    _refuse_lockout()


@transaction.atomic
def save_bundle(*, bundle: Bundle, name: str, permissions: Collection[str]) -> Bundle:
    """
    Say what a bundle allows; a new one gets its key from its name and keeps it.

    :raises NameTaken: if another bundle is called so.
    :raises LastAdmin: if nobody could configure the installation any more.
    """
    others = [other for other in Bundle.objects.select_for_update() if other.pk != bundle.pk]
    key = bundle.key or slugify(name).replace("-", "_")[:50] or f"bundle_{len(others) + 1}"
    if any(other.name.lower() == name.lower() or other.key == key for other in others):
        raise NameTaken(f"A permission set named {name} already exists.")
    bundle.key, bundle.name, bundle.permissions = key, name, [one for one in Permission.values if one in permissions]
    bundle.save()
    _refuse_lockout()
    return bundle


def _bundles(keys: Collection[str], *, is_locked: bool = False) -> list[Bundle]:
    # Locked, so that two admins who take each other's rights away go one after the other.
    known = Bundle.objects.select_for_update() if is_locked else Bundle.objects.all()
    found = [bundle for bundle in known if bundle.key in keys]
    if missing := set(keys) - {bundle.key for bundle in found}:
        raise UnknownBundle(f"No permission set is named {', '.join(sorted(missing))}.")
    return found


def _refuse_lockout() -> None:
    allowed = Q(is_superuser=True) | Q(bundles__permissions__contains=[Permission.ADMINISTER])
    if not User.objects.filter(allowed, is_active=True).exists():
        raise LastAdmin


def describe_organisation(
    *,
    name: str,
    postal_address: str,
    zone: str,
    currency: str,
    fiscal_year_start_month: int,
    grace_minutes: int | None = None,
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
            **({} if grace_minutes is None else {"grace_minutes": grace_minutes}),
        },
    )


def switch_safe_mode(*, is_on: bool) -> None:
    """Keep mail in the house, but for the allowed addresses; or let all of it leave from now on."""
    Organisation.objects.filter(pk=1).exclude(is_safe_mode=is_on).update(is_safe_mode=is_on)


def allow_addresses(*, addresses: Collection[str]) -> None:
    """Say which addresses mail may leave to in safe mode; they come in the one spelling that addresses have."""
    Organisation.objects.filter(pk=1).update(allowed_addresses=sorted(set(addresses)))


def issue_token(
    *, user: User, name: str, scopes: Collection[str], now: dt.datetime, lifetime: dt.timedelta = DEFAULT_LIFETIME
) -> str:
    """
    Make a key to the API and return its secret, which is not kept and cannot be shown again.

    :raises UnknownScope: naming the scopes that do not exist.
    :raises LivesTooLong: when the lifetime is not between a moment and a year.
    """
    if unknown := unknown_scopes(scopes):
        raise UnknownScope(f"Unknown scope: {', '.join(unknown)}.")
    if not dt.timedelta() < lifetime <= LONGEST_LIFETIME:
        raise LivesTooLong(f"A token is valid for 1 to {LONGEST_LIFETIME.days} days.")
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


def count_try(*, email: str, address: str) -> None:
    """
    Count a try to sign in before anybody looks at its password, so that tries made at once are counted too.

    Without Redis nobody counts: a door that stays shut then would keep out those who mend it.

    :raises TooManyTries: if there were too many within a quarter of an hour.
    """
    counts = counts_of_try(email=email, address=address)
    try:
        tries = [_one_more(count.name) for count in counts]
    except RedisError:
        log.exception("A try to sign in was not counted")
        return
    if any(tried > count.most for tried, count in zip(tries, counts, strict=True)):
        log.warning("Too many passwords were tried for %r from %s", email, address or "an unknown address")
        raise TooManyTries


def forgive_tries(*, email: str, address: str) -> None:
    """Forget the tries of somebody who knew the password; those of others from the same address stay counted."""
    with suppress(RedisError):
        for count in counts_of_try(email=email, address=address):
            if not count.is_shared:
                cache.delete(count.name)
                continue
            with suppress(ValueError):  # its time ended, or Redis was emptied, this moment
                cache.decr(count.name)


def _one_more(name: str) -> int:
    cache.add(name, 0, PATIENCE_SECONDS)
    try:
        return cache.incr(name)
    except ValueError:  # as above
        return 1
