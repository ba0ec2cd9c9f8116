"""The request of somebody who has signed in, and the lock on a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.team.models import Permission, User

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """What every view behind the sign-in gets: LoginRequiredMiddleware has sent everybody else away."""

    user: User


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
