from __future__ import annotations

from django.urls import path

from accounts.api import views

BY_EXTERNAL = "accounts/by-external/<slug:system>/<str:external_id>"

urlpatterns = [
    path("accounts", views.Accounts.as_view(), name="api-accounts"),
    path("accounts/bulk-upsert", views.AccountsInBulk.as_view(), name="api-accounts-bulk"),
    path(BY_EXTERNAL, views.AccountByExternalId.as_view(), name="api-account-by-external"),
    path("accounts/<uuid:uuid>", views.AccountById.as_view(), name="api-account"),
]
