"""WHERE: every room's pages and its part of /api/v1/."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from cs_platform import readiness
from cs_platform.web import search, styleguide

urlpatterns = [
    path("healthz", readiness.healthz, name="healthz"),
    path("readyz", readiness.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("anymail/", include("anymail.urls")),
    path("", include("accounts.web.urls")),
    path("", include("contacts.web.urls")),
    path("search/", search.search, name="search"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/dialog/", styleguide.dialog, name="styleguide-dialog"),
]
