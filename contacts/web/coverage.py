"""How many customers can be reached, and those that cannot, to be mended in place."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from contacts.people.selectors import contacts_at
from contacts.recipients import selectors
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import keyset_page

# Each brings its contacts with their picklists: more would be a heavy page.
ROWS = 8


@require_GET
@needs(Permission.VIEW)
def coverage(request: SignedInRequest) -> HttpResponse:
    """`?show=no_admin` lists the customers without GitLab Admin too that have a Sold-To; `?rows=5` is for Home."""
    is_wide = request.GET.get("show") == "no_admin"
    listed = selectors.accounts_without_admin if is_wide else selectors.unreachable_accounts
    rows = request.GET.get("rows", "")
    size = min(int(rows), ROWS) if rows.isdecimal() and int(rows) else ROWS
    found = listed(request.user).select_related("csm", "search").defer("search__words")
    page = keyset_page(request, found, order=selectors.MOST_IMPORTANT, size=size)
    people = contacts_at([account.pk for account in page])
    context = {
        "coverage": selectors.coverage(request.user),
        "page": page,
        "rows": [(account, people[account.pk]) for account in page],
        "is_wide": is_wide,
        "currency": reporting_currency(),
    }
    return render_page(request, "contacts/coverage.html", context, partial="list")
