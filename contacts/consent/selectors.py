from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.db.models import Q, QuerySet

from contacts.consent.models import Choice, Suppression
from contacts.consent.rules import EVERYTHING, BadAddress, Category, suppression_hash
from contacts.people.models import Membership
from contacts.people.selectors import Contact, contacts_of

EVERY_MESSAGE = ""


def hash_of(address: str) -> str:
    """
    Return what stands for an address in the suppression list.

    :raises BadAddress: when the address is none.
    """
    return suppression_hash(address, salt=_salt(settings.SECRET_KEY)).hex()


def suppressed(addresses: Collection[str], *, now: dt.datetime, category: str = EVERY_MESSAGE) -> dict[str, str]:
    """
    Return the addresses that must not be written to, each with the reason; one query however many there are.

    With a category the addresses that refused just this category are among them. What is no address is left out:
    nothing can be sent to it anyway.
    """
    by_hash = {digest: address for address in set(addresses) for digest in _hashes(address)}
    found = standing_at(now).filter(address_hash__in=by_hash, scope__in={EVERY_MESSAGE, category})
    rows = found.order_by("-scope").values_list("address_hash", "reason")
    return {by_hash[digest]: reason for digest, reason in rows}


def standing_at(now: dt.datetime) -> QuerySet[Suppression]:
    return Suppression.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))


def suppressions_of(address: str, *, now: dt.datetime) -> QuerySet[Suppression]:
    """Return why an address is not written to, for the page of a contact."""
    return standing_at(now).filter(address_hash__in=_hashes(address)).order_by("since_at")


def choices_of(membership_id: int) -> QuerySet[Choice]:
    """Return a contact's choices, newest first: the proof of consent."""
    return Choice.objects.filter(membership=membership_id).order_by("-chosen_at", "-pk")


def _hashes(address: str) -> tuple[str, ...]:
    # A changed SECRET_KEY must not let anybody back in: the old one stays in SECRET_KEY_FALLBACKS.
    return _hashed(address, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


# The same people are asked about at every step of every program.
@lru_cache(maxsize=50_000)
def _hashed(address: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(suppression_hash(address, salt=_salt(key)).hex() for key in keys)
    except BadAddress:
        return ()


def _salt(key: str) -> bytes:
    return hmac.digest(key.encode(), b"keel.suppression", sha256)


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """Somebody at an account with their standing: roles, what they bought, and whether they may be written to."""

    contact: Contact
    suppression: str | None

    @property
    def is_opted_out(self) -> bool:
        return bool(self.contact.membership.opted_out)


def stakeholders(account_id: int, *, now: dt.datetime) -> list[Stakeholder]:
    """Return the people of an account for its page, those with roles first; five queries however many there are."""
    contacts = contacts_of(account_id)
    silenced = suppressed([c.person.email for c in contacts if c.person.email], now=now)
    return [Stakeholder(contact, silenced.get(contact.person.email or "")) for contact in contacts]


def declined_by(address: str, *, membership: Membership | None, now: dt.datetime) -> frozenset[str]:
    """
    Return the categories of mail (values of Category) that the owner of an address does not get.

    Declined by them in a mail, at every account; or noted at the account of this membership.
    """
    wished = suppressions_of(address, now=now).filter(reason=Suppression.Reason.UNSUBSCRIBED)
    declined = {*wished.values_list("scope", flat=True), *(membership.opted_out if membership else ())}
    return frozenset(Category) if declined & {EVERY_MESSAGE, EVERYTHING} else frozenset(declined)
