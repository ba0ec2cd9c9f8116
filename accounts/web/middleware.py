"""Middleware that knows who is signed in, and whether anybody can be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import resolve
from django.utils import timezone

from accounts.team.models import User
from accounts.team.selectors import has_users
from cs_platform.common.acting import TRIES, acting, is_in_the_way, make_way

log = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponseBase]

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


class TransactionMiddleware:
    """
    Run every view that may write in one transaction in which the audit triggers know who acts.

    It wraps the view itself, as Django's ATOMIC_REQUESTS does: around get_response an exception is a response already,
    and what the view wrote would be committed. A response of 5xx is rolled back as well. When somebody was in the way
    the view runs again, so what it does beyond the database belongs into transaction.on_commit.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        # Views of the API have a transaction of their own, after they have found out who calls.
        if request.method in ("GET", "HEAD", "OPTIONS") or hasattr(view, "cls"):
            return None
        for tries in range(1, TRIES + 1):
            try:
                return _in_a_transaction(request, view, args, kwargs)
            except (OperationalError, IntegrityError) as error:
                if not is_in_the_way(error) or connection.in_atomic_block or tries == TRIES:
                    raise
                log.info("%s met another at %s; trying again: %s", request.method, request.path, error)
                _rewind(request)
                make_way(tries)
        raise AssertionError("unreachable")


def _in_a_transaction(request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase:
    user = request.user
    known = acting(actor=user.email) if isinstance(user, User) else transaction.atomic()
    with known:
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            transaction.set_rollback(True)
        return response


# A form is parsed once and kept by the request; its files, and what was said to the user, are not.
def _rewind(request: HttpRequest) -> None:
    if request.content_type == "multipart/form-data":
        for files in request.FILES.lists():
            for file in files[1]:
                file.seek(0)
    told = get_messages(request)
    if isinstance(told, BaseStorage):
        told._queued_messages = []  # type: ignore[attr-defined]


class ZoneMiddleware:
    """Show every time on a page in the time zone of the person who reads it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        with timezone.override(request.user.zone):
            return self.get_response(request)
