from __future__ import annotations

from django.conf import settings

from contacts.delivery.models import Delivery
from contacts.delivery.rules import derived_key


def tracking_key() -> bytes:
    """The key that seals tracking and unsubscribe tokens: derived, so that no other secret is exposed by it."""
    return derived_key(settings.SECRET_KEY)


def tracking_keys() -> list[bytes]:
    """The keys tokens may have been sealed with: today's, and those before a rotation."""
    return [derived_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def uncertain_count() -> int:
    return Delivery.objects.filter(state="uncertain").count()
