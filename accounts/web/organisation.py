"""Who runs this installation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.team import operations, selectors
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.web.forms.organisation import OrganisationForm

SAID = ("name", "postal_address", "zone", "currency", "fiscal_year_start_month")


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def organisation(request: SignedInRequest) -> HttpResponse:
    known = selectors.organisation()
    said = {field: getattr(known, field) for field in SAID} if known else None
    form = OrganisationForm(request.POST) if request.method == "POST" else OrganisationForm(initial=said)
    if form.is_valid():
        operations.describe_organisation(**form.cleaned_data)
        messages.success(request, "The organization is saved.")
        return redirect("team:organisation")
    return render(request, "settings/organisation.html", {"form": form}, status=422 if form.errors else 200)
