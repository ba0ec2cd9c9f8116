"""Middleware that knows who is signed in, and whether anybody can be."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils import timezone

from accounts.team.models import User
from accounts.team.selectors import has_users
from cs_platform.common.acting import acting

Handler = Callable[[HttpRequest], HttpResponse]

# What answers on an installation that has no users yet.
OPEN_BEFORE_SET_UP = ("setup", "healthz", "readyz")


class FirstRunMiddleware:
    """Lead everybody to the set-up page while the installation has no user."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.is_set_up = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.is_set_up = self.is_set_up or has_users()
        if self.is_set_up or request.path.startswith("/static/"):
            return self.get_response(request)
        if resolve(request.path_info).url_name in OPEN_BEFORE_SET_UP:
            return self.get_response(request)
        return redirect("setup")


class ActorMiddleware:
    """Run every request that may write in one transaction in which the audit triggers know who acts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if request.method in ("GET", "HEAD", "OPTIONS") or not isinstance(user, User):
            return self.get_response(request)
        with acting(actor=user.email):
            return self.get_response(request)


class ZoneMiddleware:
    """Show every time on a page in the time zone of the person who reads it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        with timezone.override(request.user.zone):
            return self.get_response(request)
