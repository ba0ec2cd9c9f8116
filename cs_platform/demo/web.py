"""The bar that lets time pass, and where links lead that have no site behind them. Only in a demo."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
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
from cs_platform.common.public import render_public
from cs_platform.demo.advancing import UnderWay, let_pass

LEAPS = {"1": 1, "7": 7}


def only_in_a_demo(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_in_a_demo
@require_POST
@needs(Permission.RUN_PROGRAMS)
def advance(request: SignedInRequest) -> HttpResponse:
    """Let a day or a week pass, and come back to the page the bar was on."""
    days = LEAPS.get(request.POST.get("days", ""))
    if days is None:
        raise Http404
    try:
        happened = let_pass(days=days)
    except UnderWay:
        messages.info(request, "Time is passing already. Look again in a moment.")
    else:
        today = clock.now()
        messages.success(request, f"It is {today:%A}, {today.day} {today:%B} now: {happened.words}.")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    given = request.POST.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(given, allowed_hosts=hosts, require_https=request.is_secure())
    return given if is_ours else "/"


@only_in_a_demo
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
