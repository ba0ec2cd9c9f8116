"""The values of the GitLab Role picklist."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.people import operations
from contacts.people.models import GitlabRole
from contacts.people.selectors import all_roles
from contacts.web.forms.picklist import RoleForm


@require_GET
@needs(Permission.ADMINISTER)
def role_list(request: SignedInRequest) -> HttpResponse:
    return render(request, "settings/role_list.html", {"roles": all_roles()})


@require_http_methods(["GET", "POST"])
@needs(Permission.ADMINISTER)
def role_edit(request: SignedInRequest, role_id: int | None = None) -> HttpResponse:
    role = get_object_or_404(GitlabRole, pk=role_id) if role_id else GitlabRole()
    said = {field: getattr(role, field) for field in ("label", "description", "is_active")}
    form = RoleForm(request.POST) if request.method == "POST" else RoleForm(initial=said)
    if form.is_valid():
        try:
            operations.save_role(role=role, **form.cleaned_data)
        except operations.LabelTaken as error:
            form.add_error("label", str(error))
        except operations.CannotRetire as error:
            form.add_error("is_active", str(error))
        else:
            messages.success(request, f"Role {role.label} saved.")
            return redirect("contacts:role-list")
    context = {"form": form, "role": role, "title": said["label"]}
    return render(request, "settings/role.html", context, status=422 if form.errors else 200)
