"""What a view wrote lasts when it answered, and is gone when it failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path

from accounts.models import Account, User
from cs_platform.urls import handler400
from tests import factories
from tests.fixtures import Browser

__all__ = ["handler400"]

pytestmark = pytest.mark.django_db(transaction=True)


def write(request: HttpRequest) -> None:
    Account.objects.create(name=request.POST.get("name", "Written"))


def succeed(request: HttpRequest) -> HttpResponse:
    write(request)
    return HttpResponse("done")


def refuse(request: HttpRequest) -> HttpResponse:
    write(request)
    return HttpResponse("a form with its faults", status=422)


def fail(request: HttpRequest) -> HttpResponse:
    write(request)
    raise RuntimeError("Something of ours broke.")


@login_not_required
def fail_openly(request: HttpRequest) -> HttpResponse:
    return fail(request)


def be_unavailable(request: HttpRequest) -> HttpResponse:
    write(request)
    return HttpResponse("not now", status=503)


def find_nothing(request: HttpRequest) -> HttpResponse:
    write(request)
    raise Http404


def forbid(request: HttpRequest) -> HttpResponse:
    write(request)
    raise PermissionDenied


def render_badly(request: HttpRequest) -> HttpResponse:
    write(request)
    broken = engines["django"].from_string("{% for a, b in numbers %}{% endfor %}")
    return TemplateResponse(request, broken, {"numbers": [1]})


# Takes two accounts in the order it is told, so that two callers can stand in each other's way.
def lock_both(request: HttpRequest) -> HttpResponse:
    first, second = request.POST["order"].split(",")
    Met.seen.append((request.POST["order"], request.FILES["file"].read()))
    messages.info(request, "Both are taken.")
    transaction.on_commit(lambda: Met.committed.append(request.POST["order"]))
    Account.objects.filter(pk=first).update(name="Taken")
    if len(Met.seen) <= 2:
        Met.line.wait(20)
    Account.objects.filter(pk=second).update(name="Taken")
    return HttpResponse(str(len(list(messages.get_messages(request)))))


class Met:
    seen: list[tuple[str, bytes]]
    committed: list[str]
    line: threading.Barrier


VIEWS = (succeed, refuse, fail, be_unavailable, find_nothing, forbid, render_badly, fail_openly, lock_both)
urlpatterns = [
    *(path(f"try/{view.__name__}/", view) for view in VIEWS),
    path("", include("cs_platform.urls")),
]


@pytest.fixture
def post(settings, browser_of: Browser, ada: User) -> Callable[..., Any]:
    settings.ROOT_URLCONF = __name__
    client = browser_of(ada)
    client.raise_request_exception = False
    return lambda view, **typed: client.post(f"/try/{view}/", typed)


@pytest.mark.parametrize(
    ("name", "status", "lasts"),
    [
        ("succeed", 200, True),
        ("refuse", 422, True),
        ("fail", 500, False),
        ("be_unavailable", 503, False),
        ("render_badly", 500, False),
        ("find_nothing", 404, False),
        ("forbid", 403, False),
    ],
)
def test_what_was_written_lasts_when_the_view_answered(post, name: str, status: int, lasts: bool) -> None:
    assert post(name).status_code == status
    assert Account.objects.exists() == lasts


def test_nobody_signed_in_leaves_nothing_behind_either(settings) -> None:
    settings.ROOT_URLCONF = __name__
    factories.user()

    assert Client(raise_request_exception=False).post("/try/fail_openly/").status_code == 500
    assert not Account.objects.exists()


def test_the_trail_names_who_acted(post, ada: User) -> None:
    post("succeed", name="Acme")

    with connection.cursor() as cursor:
        cursor.execute("select distinct actor from accounts_change where table_name = 'accounts_account'")
        assert cursor.fetchall() == [(ada.email,)]


@pytest.fixture
def meeting() -> type[Met]:
    Met.seen, Met.committed, Met.line = [], [], threading.Barrier(2)
    return Met


def test_two_that_met_both_get_through(post, settings, ben: User, meeting: type[Met]) -> None:
    one, two = factories.account().pk, factories.account().pk
    orders = [f"{one},{two}", f"{two},{one}"]
    answers = dict[str, Any]()

    def call(order: str) -> None:
        answers[order] = post("lock_both", order=order, file=SimpleUploadedFile("a.csv", b"kept whole"))
        connection.close()

    threads = [threading.Thread(target=call, args=[order]) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {order: answer.status_code for order, answer in answers.items()} == dict.fromkeys(orders, 200)
    assert len(meeting.seen) == 3  # the database ended one of them, which then came again
    assert {content for _, content in meeting.seen} == {b"kept whole"}
    assert sorted(meeting.committed) == sorted(orders)
    assert {answer.content for answer in answers.values()} == {b"1"}
