"""What an account's page opens: contracts, CSM, hierarchy, and the form that logs a call."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.book import operations, selectors
from accounts.book.models import Account
from accounts.contracts.selectors import all_lines_of, arr_by_year, opportunities_of
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from accounts.timeline.models import Entry
from accounts.timeline.operations import record
from accounts.web.accounts import account_seen
from accounts.web.forms.accounts import CsmForm, EntryForm
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx, render_page
from cs_platform.common.ui.figures import money_text


@require_GET
@needs(Permission.VIEW)
def account_contracts(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, today = account_seen(request, account_id), clock.today()
    currency = reporting_currency()
    lines = list(all_lines_of(account.pk, today=today))
    context = {
        "account": account,
        "currency": currency,
        "columns": [
            (str(year), float(arr), money_text(arr, currency)) for year, arr in arr_by_year(lines, today=today)
        ],
        "lines": [(line, line.standing(today=today)) for line in lines],
        "deals": opportunities_of(account.pk),
    }
    return render_page(request, "accounts/account_contracts.html", context, partial="panel")


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def account_csm(request: SignedInRequest, account_id: int) -> HttpResponseBase:
    account = account_seen(request, account_id)
    if request.method == "POST":
        return assign(request, account)
    return _csm_panel(request, account, CsmForm(initial={"csm": account.csm_id}))


@needs(Permission.EDIT_ACCOUNTS)
def assign(request: SignedInRequest, account: Account) -> HttpResponse:
    form = CsmForm(request.POST)
    if not form.is_valid():
        return _csm_panel(request, account, form)
    operations.assign_csm(account=account, csm=form.cleaned_data["csm"], on=clock.today())
    if is_htmx(request):
        return _csm_panel(request, account, form)
    messages.success(request, "CSM changed.")
    return redirect("accounts:account", account.pk)


def _csm_panel(request: SignedInRequest, account: Account, form: CsmForm) -> HttpResponse:
    context = {"account": account, "form": form, "history": selectors.csm_history_of(account.pk)}
    status = 422 if form.errors else 200
    return render_page(request, "accounts/account_csm.html", context, partial="panel", status=status)


@require_GET
@needs(Permission.VIEW)
def account_family(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    context = {
        "account": account,
        "currency": reporting_currency(),
        "family": selectors.family_of(account, viewer=request.user),
    }
    return render_page(request, "accounts/account_family.html", context, partial="panel")


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_ACCOUNTS)
def entry_new(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, now = account_seen(request, account_id), clock.now()
    form = EntryForm(request.POST or None, now=now, initial={"occurred_at": timezone.localtime(now)})
    if request.method == "POST" and form.is_valid():
        entry = Entry(account=account, actor=request.user.email, **form.cleaned_data)
        record(entries=[entry])
        if is_htmx(request):
            done = {
                "dialog:close": {},
                "timeline:changed": {},
                "toast": {"text": f"{entry.get_kind_display()} logged."},
            }
            return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(done)})
        messages.success(request, f"{entry.get_kind_display()} logged.")
        return redirect("accounts:account", account.pk)
    context = {"account": account, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "accounts/entry_form.html", context, partial="dialog", status=status)
