"""The bar that lets time pass, and where links lead that have no site behind them. Only in a demo."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission, User
from contacts.content.models import Link
from contacts.content.rules import evaluate_url
from contacts.delivery.models import Delivery
from contacts.delivery.rules import unseal
from contacts.delivery.selectors import origins_of, tracking_keys
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx
from cs_platform.common.public import render_public
from demo.advancing import UnderWay, happened, let_pass

LEAPS = {"1": 1, "7": 7}
SECONDS = re.compile(r"[0-9]{1,11}")


@require_POST
@needs(Permission.RUN_PROGRAMS)
def advance(request: SignedInRequest) -> HttpResponse:
    """
    Let a day or a week pass, and come back to the page the bar was on.

    Where htmx asks, one day at a time: each answer is the bar, which asks for the next, so that one sees people move.
    """
    days = LEAPS.get(request.POST.get("days", ""))
    if days is None:
        raise Http404
    leap = _leap(request, days)
    try:
        let_pass(days=1 if is_htmx(request) else days)
    except UnderWay:
        messages.info(request, "The demo is already advancing. Try again in a moment.")
        return _return(request)
    if is_htmx(request) and leap.left:
        answer = render(
            request, "ui/_demo_bar.html", {"data": {"today": clock.today(), "advance": request.path, "leap": leap}}
        )
        answer["HX-Trigger"] = "time:passed"
        return answer
    today, happening = clock.today(), happened(since=leap.since, until=clock.now())
    messages.success(request, f"Now {today:%A}, {today.day} {today:%B}: {happening.words}.")
    return _return(request)


@dataclass(frozen=True, slots=True)
class Leap:
    """A day or a week on its way: when it began, and how many of its days have passed once this one has."""

    days: int
    since: dt.datetime
    passed: int
    back: str

    @property
    def left(self) -> int:
        return self.days - self.passed


def _leap(request: SignedInRequest, days: int) -> Leap:
    before = request.POST.get("passed", "0")
    if before not in map(str, range(days)):
        raise Http404
    since = request.POST.get("since", "")
    begun = dt.datetime.fromtimestamp(int(since), dt.UTC) if SECONDS.fullmatch(since) else clock.now()
    return Leap(days, begun, int(before) + 1, _back(request))


def _return(request: SignedInRequest) -> HttpResponse:
    back = _back(request)
    return HttpResponse(headers={"HX-Redirect": back}) if is_htmx(request) else redirect(back)


def _back(request: HttpRequest) -> str:
    given = request.POST.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(given, allowed_hosts=hosts, require_https=request.is_secure())
    return given if is_ours else "/"


@login_not_required
@require_GET
def visited(request: HttpRequest, token: str) -> HttpResponse:
    """Say where a link of a demo email would have led; the click is counted by now."""
    sealed = unseal(tracking_keys(), token)
    delivery_id, link_id = sealed or (0, 0)
    deliveries = Delivery.objects.select_related("mailing", "account", "person")
    delivery, link = deliveries.filter(pk=delivery_id).first(), Link.objects.filter(pk=link_id).first()
    if delivery is None or link is None:
        raise Http404
    user = request.user
    # A page anybody can open names nobody; whoever is signed in may go on from here.
    may_see = isinstance(user, User) and Delivery.objects.for_viewer(user).filter(pk=delivery.pk).exists()
    target = evaluate_url(link.url, delivery.merge)
    context = {
        "target": target.partition("://")[2].rstrip("/"),
        "link": link,
        "delivery": delivery if may_see else None,
        "program": origins_of([delivery.mailing.program_ref]).get(delivery.mailing.program_ref or 0),
    }
    return render_public(request, "demo/visited.html", context)
