from __future__ import annotations

from django.urls import path

from programs.api import views

urlpatterns = [
    path("programs", views.Programs.as_view(), name="api-programs"),
    path("programs/<uuid:uuid>", views.ProgramById.as_view(), name="api-program"),
]
