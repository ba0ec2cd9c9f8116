"""Which companies belong together."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.book import selectors
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from accounts.web.accounts import account_seen
from cs_platform.common.htmx import render_page


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
