"""Signing in and out, and what a person sets for herself and for the organization."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.team import operations, selectors
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission, User
from accounts.web.forms.team import SYSTEM, NewPasswordForm, OrganisationForm, SettingsForm, SignInForm
from cs_platform.common.htmx import is_htmx

YEAR = 31_536_000  # seconds

# Who can be tried in a demo: email, role, what they are there for. The launcher prints the password.
DEMO_SIGN_INS = (
    ("pm@keel.example", "Program manager", "Runs programs"),
    ("csm@keel.example", "CSM", "Manages a portfolio"),
    ("exec@keel.example", "Executive", "Views metrics"),
    ("admin@keel.example", "Admin", "Configures the installation"),
)


class SignIn(LoginView):
    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        # A part of a page was asked for after the session ended: the whole page must come here, not the part.
        if is_htmx(request):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, object]:
        return {**super().get_initial(), "username": self.request.GET.get("as", "")}

    def form_invalid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        answer = super().form_invalid(form)
        answer.status_code = 429 if form.is_too_often else 200
        return answer

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return super().get_context_data(demo_sign_ins=DEMO_SIGN_INS if settings.DEMO else (), **kwargs)


class SignOut(LogoutView):
    """Signing out is a form, so that no link on another site can do it."""


@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
def change_settings(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, settings_form=form)
    wanted = dict(form.cleaned_data)
    theme = wanted.pop("theme")
    operations.change_settings(user=_signed_in(request), **wanted)
    messages.success(request, "Settings saved.")
    response = redirect("team:profile")
    if theme == SYSTEM:
        response.delete_cookie("theme", samesite="Lax")
    else:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax")
    return response


@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    user = _signed_in(request)
    form = NewPasswordForm(user, request.POST)
    if not form.is_valid():
        return _page(request, password_form=form)
    operations.change_password(user=user, password=form.cleaned_data["new_password1"])
    update_session_auth_hash(request, user)
    messages.success(request, "Password changed. Other browsers are signed out.")
    return redirect("team:profile")


def _page(
    request: HttpRequest, *, settings_form: SettingsForm | None = None, password_form: NewPasswordForm | None = None
) -> HttpResponse:
    user = _signed_in(request)
    initial = {
        "theme": request.COOKIES.get("theme", SYSTEM),
        "zone": user.zone,
        "is_compact": user.is_compact,
        "has_letter_keys": user.has_letter_keys,
    }
    context = {
        "settings_form": settings_form or SettingsForm(initial=initial),
        "password_form": password_form or NewPasswordForm(user),
    }
    refused = settings_form is not None or password_form is not None
    return render(request, "accounts/profile.html", context, status=422 if refused else 200)


def _signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware sends everybody else to the sign-in page
    return request.user


SAID = ("name", "postal_address", "zone", "currency", "fiscal_year_start_month", "grace_minutes")


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def organisation(request: SignedInRequest) -> HttpResponse:
    known = selectors.organisation()
    said = {field: getattr(known, field) for field in SAID} if known else None
    form = OrganisationForm(request.POST) if request.method == "POST" else OrganisationForm(initial=said)
    if form.is_valid():
        operations.describe_organisation(**form.cleaned_data)
        messages.success(request, "Organization saved.")
        return redirect("team:organisation")
    return render(request, "settings/organisation.html", {"form": form}, status=422 if form.errors else 200)
