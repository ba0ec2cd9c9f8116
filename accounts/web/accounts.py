"""The list of accounts, the page of one, and the two forms that add and change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.book import operations, selectors
from accounts.book.filters import AccountFilter
from accounts.book.models import Account, Stage
from accounts.book.rules import NEXT_STAGES, LifecycleStage
from accounts.book.selectors import RENEWS_SOON
from accounts.contracts.selectors import all_lines_of, arr_by_year
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from accounts.web.forms.accounts import AccountForm, NewAccountForm
from cs_platform.common import clock
from cs_platform.common.by_hand import by_hand
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import keyset_page
from cs_platform.common.spreadsheets import csv_response

YEAR = 365  # days
CHOICES = ("segment", "stage", "market", "region")
COVERAGE = {"admin": "GitLab Admin", "sold_to": "Sold-To only", "nobody": "Not reachable"}


@require_GET
@needs(Permission.VIEW)
def account_list(request: SignedInRequest) -> HttpResponse:
    wanted = AccountFilter(request.GET, viewer=request.user, today=clock.today())
    book = selectors.book_of(wanted.qs)
    context = {
        "page": keyset_page(request, wanted.rows, order=wanted.order, count=book.count),
        "book": book,
        "choices": {name: wanted.filters[name].extra["choices"] for name in CHOICES},
        "is_narrowed": wanted.is_narrowed,
        "currency": reporting_currency(),
    }
    return render_page(request, "accounts/account_list.html", context, partial="rows")


@require_GET
@needs(Permission.VIEW)
def account_export(request: SignedInRequest) -> HttpResponseBase:
    wanted = AccountFilter(request.GET, viewer=request.user, today=clock.today())
    return csv_response("accounts.csv", HEAD, _lines(wanted.in_order.iterator(chunk_size=2000)))


HEAD = (
    "Account", "Parent", "Segment", "Stage", "Market", "Priority", "Region", "Country", "Deployment", "Products",
    "ARR", "Seats", "Renewal", "CSM", "Email reach",
)  # fmt: skip


def _lines(accounts: Iterator[Any]) -> Iterator[list[object]]:
    for account in accounts:
        yield [
            account.name,
            account.top.name if account.top else "",
            account.get_segment_display(),
            account.get_stage_display(),
            account.get_market_display(),
            account.priority,
            account.region,
            account.country,
            account.get_deployment_display(),
            ", ".join(account.products),
            account.arr,
            account.seats,
            account.renewal_date,
            account.csm.name if account.csm else "",
            COVERAGE[account.coverage],
        ]


def account_seen(request: SignedInRequest, account_id: int) -> Account:
    """Return the account for a page about it; to whoever may not see it there is none."""
    accounts = Account.objects.for_viewer(request.user).select_related("csm", "top", "parent")
    return get_object_or_404(accounts, pk=account_id)


def next_stages(account: Account) -> list[Stage]:
    """Return the stages a customer's life may go to from here, in their order."""
    allowed = {after.value for after in NEXT_STAGES[LifecycleStage(account.stage)]}
    return [stage for stage in Stage if stage.value in allowed]


@require_GET
@needs(Permission.VIEW)
def account_page(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, today = account_seen(request, account_id), clock.today()
    years = arr_by_year(list(all_lines_of(account.pk, today=today)), today=today)
    grown = growth(years)
    context = {
        "account": account,
        "stages": next_stages(account),
        "currency": reporting_currency(),
        "years": [float(arr) for _, arr in years],
        "growth": grown,
        "growth_note": "" if grown is None else "since the end of last year",
        "term": term_of(account, today=today),
    }
    return render(request, "accounts/account.html", context)


def growth(years: Sequence[tuple[int, Decimal]]) -> float | None:
    """Return by how many percent ARR has changed since the end of last year; None where nothing was paid then."""
    if len(years) < 2 or not years[-2][1]:
        return None
    return round(float((years[-1][1] / years[-2][1] - 1) * 100), 1)


def term_of(account: Account, *, today: dt.date) -> dict[str, Any] | None:
    """Return how much of the year before the renewal is over, in percent, and whether that is soon."""
    days = account.days_to_renewal(today=today)
    if days is None:
        return None
    return {"percent": 100 - min(days, YEAR) / YEAR * 100, "tone": "warn" if days <= RENEWS_SOON.days else "brand"}


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_ACCOUNTS)
def account_new(request: SignedInRequest) -> HttpResponse:
    form = NewAccountForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        account = operations.open_account(parent=form.cleaned_data["parent"], **form.facts)
        messages.success(request, f"{account.name} added.")
        return redirect("accounts:account", account.pk)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/account_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_ACCOUNTS)
def account_edit(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    form = AccountForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        before = {name: getattr(account, name) for name, value in form.facts.items() if getattr(account, name) != value}
        label = f"{account.name}: account details"
        with by_hand(account_ids=[account.pk], actor=request.user.email, label=label, now=clock.now()) as change:
            operations.change_account(account=account, **form.facts)
            change.undo = {"kind": "account", "account": account.pk, "fields": before}
        messages.success(request, f"{account.name} saved. {change.words}".strip())
        return redirect("accounts:account", account.pk)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/account_form.html", {"form": form, "account": account}, status=status)


@require_POST
@needs(Permission.EDIT_ACCOUNTS)
def account_stage(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    stage = request.POST.get("stage", "")
    if stage not in Stage.values:
        raise Http404
    try:
        now, before = clock.now(), account.stage
        label = f"{account.name}: stage"
        with by_hand(account_ids=[account.pk], actor=request.user.email, label=label, now=now) as change:
            operations.change_stage(account=account, stage=Stage(stage), actor=request.user.email, now=now)
            change.undo = {"kind": "account", "account": account.pk, "fields": {"stage": before}}
        if change.words:
            messages.success(request, change.words)
    except operations.StageDoesNotFollow as refusal:
        messages.error(request, str(refusal))
    return redirect("accounts:account", account.pk)
