from __future__ import annotations

from accounts.team.models import ApiToken, Organisation, User


def has_users() -> bool:
    return User.objects.exists()


def organisation() -> Organisation | None:
    return Organisation.objects.first()


def reporting_currency() -> str:
    """Return the currency that amounts are added up in; USD until somebody has said which."""
    found = organisation()
    return found.currency if found else "USD"


def token_by_digest(digest: str) -> ApiToken | None:
    return ApiToken.objects.select_related("user").filter(digest=digest, user__is_active=True).first()
