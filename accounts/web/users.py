"""Who signs in, and what they may do."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.team import operations, selectors
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Bundle, Permission, User
from accounts.web.forms.users import BundleForm, MayForm, NewUserForm, UserForm, in_words

LAST_ADMIN = "At least one user must be able to configure Keel. Give someone else that permission first."


@require_GET
@needs(Permission.ADMINISTER)
def user_list(request: SignedInRequest) -> HttpResponse:
    bundles = [(bundle, in_words(bundle)) for bundle in selectors.bundles()]
    return render(request, "settings/user_list.html", {"users": selectors.users(), "bundles": bundles})


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def user_new(request: SignedInRequest) -> HttpResponse:
    form = NewUserForm(request.POST) if request.method == "POST" else NewUserForm(initial={"bundles": ["csm"]})
    if not form.is_valid():
        return _user_page(request, form)
    try:
        user = operations.add_user(**form.cleaned_data)
    except operations.AddressTaken as error:
        form.add_error("email", str(error))
        return _user_page(request, form)
    messages.success(request, f"{user.name} can sign in. Share the password yourself; Keel doesn't send it.")
    return redirect("team:user-list")


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def user_edit(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    held = [bundle.key for bundle in user.bundles.all()]
    said = {field: getattr(user, field) for field in ("name", "title", "home", "is_active")}
    initial = {**said, "bundles": held}
    form = UserForm(user, request.POST) if request.method == "POST" else UserForm(user, initial=initial)
    if not form.is_valid():
        return _user_page(request, form, user)
    try:
        operations.change_user(user=user, **form.cleaned_data)
    except operations.LastAdmin:
        form.add_error(None, LAST_ADMIN)
        return _user_page(request, form, get_object_or_404(User, pk=user_id))
    if user.pk == request.user.pk:
        update_session_auth_hash(request, user)
    messages.success(request, f"{user.name} saved.")
    return redirect("team:user-list")


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def bundle_edit(request: SignedInRequest, bundle_id: int | None = None) -> HttpResponse:
    bundle = get_object_or_404(Bundle, pk=bundle_id) if bundle_id else Bundle()
    said = {"name": bundle.name, "permissions": bundle.permissions}
    form = BundleForm(request.POST) if request.method == "POST" else BundleForm(initial=said)
    if form.is_valid():
        try:
            operations.save_bundle(bundle=bundle, **form.cleaned_data)
        except operations.NameTaken as error:
            form.add_error("name", str(error))
        except operations.LastAdmin:
            form.add_error("permissions", LAST_ADMIN)
        else:
            messages.success(request, f"{bundle.name} saved.")
            return redirect("team:user-list")
    context = {"form": form, "bundle": bundle if bundle_id else None, "title": said["name"]}
    return render(request, "settings/bundle.html", context, status=422 if form.errors else 200)


def _user_page(request: SignedInRequest, form: MayForm, user: User | None = None) -> HttpResponse:
    return render(request, "settings/user.html", {"form": form, "of": user}, status=422 if form.errors else 200)
