"""The request of somebody who has signed in, the lock on a view, and where a request comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from accounts.team.models import Permission, User

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """What every view behind the sign-in gets: LoginRequiredMiddleware has sent everybody else away."""

    user: User


def caller(request: Request) -> User:
    """Return the user whose token a request to the API came with; HasScope has sent everybody else away."""
    assert isinstance(request.user, User)
    return request.user


View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def needs(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Answer 403 to whoever lacks the permission, before anything is read or written."""

    def lock(view: View[P]) -> View[P]:
        @wraps(view)
        def locked(request: SignedInRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.may(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return locked

    return lock


def address_of(request: HttpRequest) -> str:
    """
    Return the network address of whoever asks, "" if it is unknown.

    One person has the 2^64 addresses of an IPv6 network, so the network stands for them. Behind a proxy the last name
    in X-Forwarded-For is the one that the proxy wrote itself.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY and "X-Forwarded-For" in request.headers:
        address = request.headers["X-Forwarded-For"].rpartition(",")[2].strip()
    with suppress(ValueError):
        found = ipaddress.ip_address(address)
        return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))
    return ""
