"""Who calls the API, and what their token was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from accounts.team import operations, selectors
from accounts.team.models import ApiToken, Permission, User
from accounts.team.rules import Scope, digest_of
from cs_platform.common import clock

if TYPE_CHECKING:
    # Views ask the settings who may call them, and so for this module, while they are imported themselves.
    from rest_framework.views import APIView

# A token opens no door that is closed to its user.
PERMISSION_FOR = {
    Scope.READ_ACCOUNTS: Permission.VIEW,
    Scope.WRITE_ACCOUNTS: Permission.EDIT_ACCOUNTS,
    Scope.READ_CONTACTS: Permission.VIEW,
    Scope.WRITE_CONTACTS: Permission.EDIT_CONTACTS,
    Scope.READ_PROGRAMS: Permission.VIEW,
    Scope.READ_METRICS: Permission.VIEW,
}


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer SECRET`, or the secret alone in the header `Api-Key`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        secret = _secret(request)
        if not secret:
            return None
        token = selectors.token_by_digest(digest_of(secret))
        now = clock.now()
        if token is None or not token.is_live(now=now):
            raise exceptions.AuthenticationFailed("The token is invalid, expired or revoked.", "bad_token")
        operations.note_use(token=token, now=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(permissions.BasePermission):
    """
    The token was made for this, and its user may do it.

    A view says in `scopes` which scope each method asks for; a method it does not mention is closed.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            raise exceptions.NotAuthenticated("Send a token: Authorization: Bearer SECRET.", "no_token")
        scope: Scope | None = getattr(view, "scopes", {}).get(request.method)
        if scope is None:
            return request.method not in view.allowed_methods
        if scope not in token.scopes:
            raise exceptions.PermissionDenied(f"The token doesn't have the scope {scope}.", "scope")
        if not token.user.may(PERMISSION_FOR[scope]):
            raise exceptions.PermissionDenied("The token's user doesn't have permission to do this.", "permission")
        return True


def _secret(request: Request) -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return secret.strip()
    return request.headers.get("Api-Key", "").strip()
