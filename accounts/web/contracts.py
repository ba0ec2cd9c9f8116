"""What an account has bought: its lines, what it paid year by year, and the deals behind them."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.contracts import selectors
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from accounts.web.accounts import account_seen
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.common.ui.figures import money_text


@require_GET
@needs(Permission.VIEW)
def account_contracts(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, today = account_seen(request, account_id), clock.today(request.user.zone)
    currency = reporting_currency()
    lines = list(selectors.all_lines_of(account.pk, today=today))
    context = {
        "account": account,
        "currency": currency,
        "columns": [
            (str(year), float(arr), money_text(arr, currency))
            for year, arr in selectors.arr_by_year(lines, today=today)
        ],
        "lines": [(line, line.standing(today=today)) for line in lines],
        "deals": selectors.opportunities_of(account.pk),
    }
    return render_page(request, "accounts/account_contracts.html", context, partial="panel")
