from __future__ import annotations

from django.urls import include, path

from surveys.web import panels, respond

pages = [
    path("s/<str:token>/", respond.respond, name="respond"),
    path("accounts/<int:account_id>/nps/", panels.account_nps, name="account-nps"),
    path("accounts/<int:account_id>/answers/", panels.account_answers, name="account-answers"),
]

urlpatterns = [path("", include((pages, "surveys")))]
