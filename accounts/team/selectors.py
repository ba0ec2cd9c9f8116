from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Q, QuerySet

from accounts.team.models import ApiToken, Bundle, Organisation, User
from cs_platform.common.once import once


def has_users() -> bool:
    return User.objects.exists()


def organisation() -> Organisation | None:
    return once("organisation", Organisation.objects.first)


def reporting_currency() -> str:
    """Return the currency that amounts are added up in; USD until somebody has said which."""
    found = organisation()
    return found.currency if found else "USD"


def zone() -> str:
    """Return the organization's time zone, in which its days begin and its months close."""
    found = organisation()
    return found.zone if found else "UTC"


def names_of(actors: Collection[str]) -> dict[str, str]:
    """Return what each who acted is called: a person who signs in by name, a part of the program with a capital."""
    emails = [actor for actor in actors if "@" in actor]
    people = dict(User.objects.filter(email__in=emails).values_list("email", "name")) if emails else {}
    return {actor: people.get(actor) or _called(actor) for actor in actors}


def _called(actor: str) -> str:
    return actor if "@" in actor else actor[:1].upper() + actor[1:].replace("_", " ")


def token_by_digest(digest: str) -> ApiToken | None:
    return ApiToken.objects.select_related("user").filter(digest=digest, user__is_active=True).first()


def users() -> QuerySet[User]:
    return User.objects.prefetch_related("bundles").order_by("-is_active", "name", "pk")


def bundles() -> QuerySet[Bundle]:
    return Bundle.objects.annotate(holders=Count("users", filter=Q(users__is_active=True))).order_by("name")


def tokens() -> QuerySet[ApiToken]:
    return ApiToken.objects.select_related("user").order_by("-created_at", "-pk")
