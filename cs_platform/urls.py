"""WHERE: every room's pages and its part of /api/v1/."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from cs_platform import readiness
from cs_platform.common.api import NoSuchPlace
from cs_platform.web import attention, keys, search, setup, styleguide, webhooks

API: list[URLPattern | URLResolver] = [
    path(
        "openapi.json", SpectacularJSONAPIView.as_view(authentication_classes=(), permission_classes=()), name="openapi"
    ),
    path("", include("accounts.api.urls")),
    path("", include("contacts.api.urls")),
    path("", include("programs.api.urls")),
    path("", include("metrics.api.urls")),
    re_path("", NoSuchPlace.as_view()),
]

handler400 = "cs_platform.web.errors.bad_request"

WEBHOOKS: list[URLPattern | URLResolver] = [
    path("<slug:provider>/tracking/", webhooks.tracking_webhook, name="tracking"),
]

urlpatterns = [
    path("api/v1/", include(API)),
    path("healthz", readiness.healthz, name="healthz"),
    path("readyz", readiness.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("anymail/", include((WEBHOOKS, "anymail"))),
    path("", include("accounts.web.urls")),
    path("", include("contacts.web.urls")),
    path("", include("surveys.web.urls")),
    path("", include("programs.web.urls")),
    path("", include("metrics.web.urls")),
    path("", include("cs_platform.integrations.web.urls")),
    path("setup/", setup.setup, name="setup"),
    path("attention/", attention.attention_list, name="attention"),
    path("attention/retry/", attention.retry, name="attention-retry"),
    path("attention/discard/", attention.discard, name="attention-discard"),
    path("search/", search.search, name="search"),
    path("keys/", keys.keys, name="keys"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/dialog/", styleguide.dialog, name="styleguide-dialog"),
]
