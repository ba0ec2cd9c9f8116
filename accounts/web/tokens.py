"""Keys to the API: made, shown once, ended."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.team import operations, selectors
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import ApiToken, Permission
from accounts.web.forms.users import TokenForm
from cs_platform.common import clock
from cs_platform.common.paging import paged


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def token_list(request: SignedInRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request, TokenForm(initial={"user": request.user}))
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    given = form.cleaned_data
    secret = operations.issue_token(
        user=given["user"],
        name=given["name"],
        scopes=given["scopes"],
        lifetime=dt.timedelta(days=given["days"]),
        now=clock.now(),
    )
    # Shown in the answer itself: anywhere it waited for another page, it would be kept.
    return _page(request, TokenForm(initial={"user": request.user}), secret=secret)


@require_POST
@needs(Permission.ADMINISTER)
def token_revoke(request: SignedInRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=token_id)
    operations.revoke_token(token=token, now=clock.now())
    messages.success(request, f"Token {token.name} revoked.")
    return redirect("team:token-list")


def _page(request: SignedInRequest, form: TokenForm, *, secret: str = "") -> HttpResponse:
    page = paged(request, selectors.tokens())
    rows = [(token, token.is_live(now=clock.now())) for token in page]
    context = {"form": form, "page": page, "rows": rows, "secret": secret}
    return render(request, "settings/token_list.html", context, status=422 if form.errors else 200)
