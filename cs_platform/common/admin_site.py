"""
Repair tools for admins: every row to look at, a few columns to mend.

What has a page of its own is changed there, by an operation. What is only ever appended is never changed here.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model
from django.http import HttpRequest, HttpResponse

# Rows are shown whatever account they are about, so looking takes both.
NEEDED = ("administer", "see_pubsec")


class RepairSite(admin.AdminSite):
    """Whoever may administer comes in through Keel's own sign-in page."""

    site_header = site_title = "Keel repair tools"
    index_title = "Database repair"
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return allows(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.get_full_path())


class Shown(admin.ModelAdmin):
    """Rows to look at. `mended` names the columns that may be changed; there are none unless a table says so."""

    mended: tuple[str, ...] = ()
    # A count of a hundred million rows is not worth the wait.
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return allows(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.mended) and allows(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name not in self.mended]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        keys = {field.name for field in self.opts.fields if isinstance(field, ForeignKey)}
        return [name for name in self.list_display if name in keys]


def allows(request: HttpRequest) -> bool:
    may = getattr(request.user, "may", None)
    return may is not None and all(may(permission) for permission in NEEDED)
