"""Writing down a call, a meeting or a note."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.timeline import operations
from accounts.timeline.models import Entry
from accounts.web.accounts import account_seen
from accounts.web.forms.log import EntryForm
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx, render_page


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_ACCOUNTS)
def entry_new(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, now = account_seen(request, account_id), clock.now()
    form = EntryForm(request.POST or None, now=now, initial={"occurred_at": timezone.localtime(now)})
    if request.method == "POST" and form.is_valid():
        entry = Entry(account=account, actor=request.user.email, **form.cleaned_data)
        operations.record(entries=[entry])
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
