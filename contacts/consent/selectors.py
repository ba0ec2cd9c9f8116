from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from accounts.team.models import User
from contacts.consent.models import AddressHash, Choice, LiftedSuppression, Suppression
from contacts.consent.rules import EVERYTHING, BadAddress, Category, suppression_hash
from contacts.people.models import Membership
from contacts.people.selectors import Contact, contacts_with_mentions

EVERY_MESSAGE = ""


def hash_of(address: str) -> str:
    """
    Return what stands for an address in the suppression list.

    :raises BadAddress: when the address is none.
    """
    return suppression_hash(address, salt=salt(settings.SECRET_KEY)).hex()


def suppression_sql(*, address: str, category: str, now: str) -> str:
    """
    Return SQL for why an address gets no mail of a category, or null: a scalar subquery, the one definition.

    The three arguments are SQL expressions, such as `d.address`; `category` may be '' where only what stops every
    message is asked for. The session knows the keys of the hashes (consent.address_keys).
    """
    return (
        "(select supp.reason from contacts_suppression supp"  # noqa: S608 (expressions of ours)
        f" where supp.address_hash = any(keel_address_hashes({address}))"
        f" and supp.scope in ('{EVERY_MESSAGE}', {category})"
        f" and (supp.expires_at is null or supp.expires_at > {now}) order by supp.scope limit 1)"
    )


def opted_out_sql(*, opted_out: str, category: str) -> str:
    """Return SQL for whether opt-outs (of a contact, or the switches of an account) decline a category of mail."""
    return f"({opted_out} && array['{EVERYTHING}', {category}]::varchar[])"


SUPPRESSED = f"""
select asked.address, {suppression_sql(address="asked.address", category="%(category)s", now="%(now)s")}
from unnest(%(addresses)s::text[]) asked (address)
"""  # noqa: S608 (a condition of ours)


def suppressed(addresses: Collection[str], *, now: dt.datetime, category: str = EVERY_MESSAGE) -> dict[str, str]:
    """
    Return the addresses that must not be written to, each with the reason; one query however many there are.

    With a category the addresses that refused just this category are among them. What is no address is left out:
    nothing can be sent to it anyway.
    """
    wanted = sorted(set(addresses))
    if not wanted:
        return {}
    tell_address_keys(connection=connection)
    with connection.cursor() as cursor:
        cursor.execute(SUPPRESSED, {"addresses": wanted, "now": now, "category": category})
        return {address: reason for address, reason in cursor.fetchall() if reason}


def standing_at(now: dt.datetime) -> QuerySet[Suppression]:
    return Suppression.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))


def suppressions_of(address: str, *, now: dt.datetime) -> QuerySet[Suppression]:
    """Return why an address is not written to, for the page of a contact."""
    return standing_at(now).filter(address_hash__in=_hashes(address)).order_by("since_at")


def last_lift_of(address: str) -> dt.datetime | None:
    """Return when a suppression of an address was last lifted by somebody, or None."""
    lifted = LiftedSuppression.objects.filter(address_hash__in=_hashes(address)).order_by("-lifted_at")
    return lifted.values_list("lifted_at", flat=True).first()


def lifted_from(address_hash: str) -> QuerySet[LiftedSuppression]:
    """Return what was lifted from an address, newest first."""
    return LiftedSuppression.objects.filter(address_hash=address_hash).order_by("-lifted_at", "-pk")


def contacts_behind(hashes: Collection[str], *, viewer: User) -> dict[str, list[Membership]]:
    """Return by hash the contacts with that address whom the viewer may see; two queries."""
    people: dict[int, list[str]] = {}
    for digest, person in AddressHash.objects.filter(address_hash__in=hashes).values_list("address_hash", "person_id"):
        people.setdefault(person, []).append(digest)
    found: dict[str, list[Membership]] = {digest: [] for digest in hashes}
    seen = Membership.objects.for_viewer(viewer).live().filter(person__in=people).select_related("person", "account")
    for membership in seen.order_by("account__name", "pk"):
        for digest in people[membership.person_id]:
            found[digest].append(membership)
    return found


def accounts_behind(address_hash: str) -> list[int]:
    """Return the accounts at which somebody has this address, whoever may see them."""
    people = AddressHash.objects.filter(address_hash=address_hash).values("person_id")
    return sorted(set(Membership.objects.live().filter(person__in=people).values_list("account_id", flat=True)))


def choices_of(membership_id: int) -> QuerySet[Choice]:
    """Return a contact's choices, newest first: the proof of consent."""
    return Choice.objects.filter(membership=membership_id).order_by("-chosen_at", "-pk")


def _hashes(address: str) -> list[str]:
    try:
        keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return [suppression_hash(address, salt=salt(key)).hex() for key in keys]
    except BadAddress:
        return []


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """Somebody at an account with their standing: roles, what they bought, and whether they may be written to."""

    contact: Contact
    suppression: str | None

    @property
    def is_opted_out(self) -> bool:
        return bool(self.contact.membership.opted_out)


def stakeholders(memberships: Sequence[Membership], *, account_id: int, now: dt.datetime) -> list[Stakeholder]:
    """Return some people of an account for its page, in the order given; four queries however many there are."""
    contacts = contacts_with_mentions(memberships, account_id=account_id)
    silenced = suppressed([c.person.email for c in contacts if c.person.email], now=now)
    return [Stakeholder(contact, silenced.get(contact.person.email or "")) for contact in contacts]


def suppressed_at(account_id: int, *, now: dt.datetime) -> int:
    """Return how many active contacts of an account have a suppressed address; two queries."""
    active = Membership.objects.live().filter(account=account_id, is_active=True, person__email__isnull=False)
    addresses = active.values_list("person__email", flat=True)
    return len(suppressed([address for address in addresses if address], now=now))


def declined_by(address: str, *, membership: Membership | None, now: dt.datetime) -> frozenset[str]:
    """
    Return the categories of mail (values of Category) that the owner of an address does not get.

    Declined by them in a mail, at every account; or noted at the account of this membership.
    """
    wished = suppressions_of(address, now=now).filter(reason=Suppression.Reason.UNSUBSCRIBED)
    declined = {*wished.values_list("scope", flat=True), *(membership.opted_out if membership else ())}
    return frozenset(Category) if declined & {EVERY_MESSAGE, EVERYTHING} else frozenset(declined)


# The keys of the hashes, for `keel_address_hashes` ---------------------------------------------------------------

BLOCK = 64  # bytes, of SHA-256 (RFC 2104)
TELL = "select set_config('keel.address_keys', %s, false)"


def salt(secret: str) -> bytes:
    """Return the salt of the suppression list under a SECRET_KEY: derived, so that no other secret is exposed by it."""
    return hmac.digest(secret.encode(), b"keel.suppression", sha256)


def tell_address_keys(sender: Any = None, *, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """
    Tell a session the keys of today and of before.

    A changed SECRET_KEY must not let anybody back in: the old one stays in SECRET_KEY_FALLBACKS.
    """
    keys = ",".join(_padded(salt(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    # The session itself, not its id: the next session may be given the memory, and so the id, of one that was closed.
    session, told = getattr(connection, "keel_address_keys", (None, ""))
    if session is not connection.connection or told != keys:
        with connection.cursor() as cursor:
            cursor.execute(TELL, [keys])
        connection.keel_address_keys = (connection.connection, keys)  # type: ignore[attr-defined]


# HMAC's inner and outer key, so that SQL needs nothing but sha256().
def _padded(key: bytes) -> str:
    block = key.ljust(BLOCK, b"\0")
    return f"{bytes(byte ^ 0x36 for byte in block).hex()}:{bytes(byte ^ 0x5C for byte in block).hex()}"
