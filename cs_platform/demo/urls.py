from __future__ import annotations

from django.urls import path

from cs_platform.demo import web

app_name = "demo"
urlpatterns = [
    path("advance/", web.advance, name="advance"),
    path("visited/<str:token>/", web.visited, name="visited"),
]
