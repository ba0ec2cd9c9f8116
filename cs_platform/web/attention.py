"""Rows that failed and were set aside: what they are, why they failed, and what an administrator does about them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common import dead_letters
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import Column, keyset_page
from cs_platform.common.models import DeadLetter

STATES = {"": dead_letters.waiting, "retrying": dead_letters.retrying, "discarded": dead_letters.discarded}
ORDER = (Column("first_failed_at"), Column("id"))


@require_GET
@needs(Permission.ADMINISTER)
def attention_list(request: SignedInRequest) -> HttpResponse:
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    letters = STATES.get(state, dead_letters.waiting)()
    page = keyset_page(request, letters.filter(kind=kind) if kind else letters, order=ORDER)
    waiting = dead_letters.counts()
    context = {
        "page": page,
        "rows": _rows(page.rows, may_see_all=request.user.may(Permission.SEE_PUBSEC)),
        "state": state,
        "kind": kind,
        "kind_label": dead_letters.kind_of(kind).label,
        "kinds": sorted((name, one.label) for name, one in dead_letters.kinds().items()),
        "waiting": sum(waiting.values()),
        "of_kind": waiting.get(kind, 0),
        "is_narrowed": bool(state or kind),
    }
    return render_page(request, "attention/list.html", context, partial="rows")


@require_POST
@needs(Permission.ADMINISTER)
def retry(request: SignedInRequest) -> HttpResponse:
    done = dead_letters.retry(_chosen(request), by=request.user.email)
    messages.success(request, f"Retrying {_rows_in_words(done)}.")
    return redirect("attention")


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def discard(request: SignedInRequest) -> HttpResponse:
    letters = _chosen(request)
    if request.method == "GET":
        context = {
            "letter": letters[0] if len(letters) == 1 else None,
            "rows": _rows(letters[:1], may_see_all=request.user.may(Permission.SEE_PUBSEC)),
            "number": len(letters),
            "kind": request.GET.get("kind", ""),
            "kind_label": dead_letters.kind_of(letters[0].kind).label,
        }
        return render_page(request, "attention/discard.html", context, partial="dialog")
    done = dead_letters.discard(letters, by=request.user.email)
    messages.success(request, f"Discarded {_rows_in_words(done)}.")
    return redirect("attention")


# Return what a request names: one row (`letter`), or all of a kind that wait (`kind`).
def _chosen(request: SignedInRequest) -> list[DeadLetter]:
    asked = request.GET if request.method == "GET" else request.POST
    number, kind = asked.get("letter", ""), asked.get("kind", "")
    letters: QuerySet[DeadLetter] = DeadLetter.objects.none()
    if number.isascii() and number.isdecimal() and len(number) < 19:
        letters = DeadLetter.objects.filter(pk=int(number), mended_at=None, discarded_at=None)
    elif kind:
        letters = dead_letters.waiting().filter(kind=kind)
    found = list(letters.order_by("id"))
    if not found:
        raise Http404
    return found


# Rows of public-sector accounts are titled for those alone who may see such accounts.
def _rows(letters: list[DeadLetter], *, may_see_all: bool) -> list[dict[str, Any]]:
    keys = defaultdict(list)
    for letter in letters:
        keys[letter.kind].append(letter.key)
    links: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, wanted in keys.items():
        link = dead_letters.kind_of(kind).link
        found = link(wanted) if link and may_see_all else {}
        links |= {(kind, key): place for key, place in found.items()}
    return [
        {
            "letter": letter,
            "label": dead_letters.kind_of(letter.kind).label,
            "title": title or f"#{letter.key}",
            "url": url,
        }
        for letter in letters
        for title, url in [links.get((letter.kind, letter.key), ("", ""))]
    ]


def _rows_in_words(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
