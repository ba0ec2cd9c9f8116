from __future__ import annotations

from django.urls import path

from contacts.api import views

BY_EXTERNAL = "contacts/by-external/<slug:system>/<str:external_id>"

urlpatterns = [
    path("contacts", views.Contacts.as_view(), name="api-contacts"),
    path("contacts/bulk-upsert", views.ContactsInBulk.as_view(), name="api-contacts-bulk"),
    path(BY_EXTERNAL, views.ContactByExternalId.as_view(), name="api-contact-by-external"),
    path(f"{BY_EXTERNAL}/roles", views.RolesByExternalId.as_view(), name="api-contact-roles"),
    path("contacts/<uuid:uuid>", views.ContactById.as_view(), name="api-contact"),
]
