"""The page that an installation shows until somebody can sign in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.team.selectors import has_users
from accounts.web.forms.team import OrganisationForm
from accounts.web.forms.users import SignInAsForm
from contacts.web.forms.senders import FirstSenderForm
from cs_platform.common import clock
from cs_platform.setup import operations


class CodeForm(forms.Form):
    code = forms.CharField(
        label="One-time code",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
        help_text="Find it in the web server's log, or in run/setup-code in the data directory.",
    )


class FirstOrganisationForm(OrganisationForm):
    """The organization without the settings that have a good default."""

    grace_minutes = None  # type: ignore[assignment]  # Django leaves out a field that is None in a subclass.


FORMS: dict[str, type[forms.Form]] = {
    "guard": CodeForm,
    "admin": SignInAsForm,
    "organisation": FirstOrganisationForm,
    "sender": FirstSenderForm,
}


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    if has_users():
        raise Http404
    if request.method == "POST":
        return _set_up(request)
    operations.offer_code()
    return _page(request, {name: form(prefix=name) for name, form in FORMS.items()})


def _set_up(request: HttpRequest) -> HttpResponse:
    filled = {name: form(request.POST, prefix=name) for name, form in FORMS.items()}
    # All of them are asked, so that every mistake is shown at once.
    if {form.is_valid() for form in filled.values()} != {True}:
        return _page(request, filled)
    given = {name: form.cleaned_data for name, form in filled.items()}
    try:
        user = operations.set_up(code=given["guard"]["code"], facts=_facts(given), now=clock.now())
    except operations.WrongCode:
        filled["guard"].add_error("code", "Wrong code. After ten tries a new one is issued in the log.")
        return _page(request, filled)
    except operations.AlreadySetUp as error:
        raise Http404 from error
    login(request, user)
    messages.success(request, "Keel is set up. Email is held in the Outbox until you turn off safe mode.")
    return redirect("home")


def _facts(given: dict[str, dict[str, Any]]) -> operations.FirstFacts:
    organisation = dict(given["organisation"])
    return operations.FirstFacts(
        **given["admin"],
        organisation=organisation.pop("name"),
        **organisation,
        sender_name=given["sender"]["name"],
        sender_address=given["sender"]["address"],
    )


def _page(request: HttpRequest, forms_shown: dict[str, forms.Form]) -> HttpResponse:
    refused = any(form.errors for form in forms_shown.values())
    return render(request, "setup/setup.html", forms_shown, status=422 if refused else 200)
