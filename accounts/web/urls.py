from __future__ import annotations

from django.urls import include, path

from accounts.web import team

team_pages = [
    path("sign-in/", team.SignIn.as_view(), name="sign-in"),
    path("sign-out/", team.SignOut.as_view(), name="sign-out"),
    path("me/", team.profile, name="profile"),
    path("me/settings/", team.change_settings, name="change-settings"),
    path("me/password/", team.change_password, name="change-password"),
]

urlpatterns = [path("", include((team_pages, "team")))]
