"""The addresses of every installation, and those a demo has beyond them."""

from __future__ import annotations

from django.urls import include, path

from cs_platform.urls import handler400
from cs_platform.urls import urlpatterns as of_every_installation
from demo import web

__all__ = ["handler400", "urlpatterns"]

of_the_demo = [
    path("advance/", web.advance, name="advance"),
    path("visited/<str:token>/", web.visited, name="visited"),
]
urlpatterns = [path("demo/", include((of_the_demo, "demo"))), *of_every_installation]
