"""Who looks after an account, and who did before."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.book import operations, selectors
from accounts.book.models import Account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.web.accounts import account_seen
from accounts.web.forms.csm import CsmForm
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx, render_page


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def account_csm(request: SignedInRequest, account_id: int) -> HttpResponseBase:
    account = account_seen(request, account_id)
    if request.method == "POST":
        return assign(request, account)
    return _panel(request, account, CsmForm(initial={"csm": account.csm_id}))


@needs(Permission.EDIT_ACCOUNTS)
def assign(request: SignedInRequest, account: Account) -> HttpResponse:
    form = CsmForm(request.POST)
    if not form.is_valid():
        return _panel(request, account, form)
    operations.assign_csm(account=account, csm=form.cleaned_data["csm"], on=clock.today(account.zone))
    if is_htmx(request):
        return _panel(request, account, form)
    messages.success(request, "The CSM is changed.")
    return redirect("accounts:account", account.pk)


def _panel(request: SignedInRequest, account: Account, form: CsmForm) -> HttpResponse:
    context = {"account": account, "form": form, "history": selectors.csm_history_of(account.pk)}
    status = 422 if form.errors else 200
    return render_page(request, "accounts/account_csm.html", context, partial="panel", status=status)
