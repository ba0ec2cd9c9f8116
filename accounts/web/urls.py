from __future__ import annotations

from django.urls import include, path

from accounts.web import accounts, panels, team, tokens, users

team_pages = [
    path("sign-in/", team.SignIn.as_view(), name="sign-in"),
    path("sign-out/", team.SignOut.as_view(), name="sign-out"),
    path("me/", team.profile, name="profile"),
    path("me/settings/", team.change_settings, name="change-settings"),
    path("me/password/", team.change_password, name="change-password"),
    path("settings/organization/", team.organisation, name="organisation"),
    path("settings/users/", users.user_list, name="user-list"),
    path("settings/users/new/", users.user_new, name="user-new"),
    path("settings/users/<int:user_id>/", users.user_edit, name="user"),
    path("settings/bundles/new/", users.bundle_edit, name="bundle-new"),
    path("settings/bundles/<int:bundle_id>/", users.bundle_edit, name="bundle"),
    path("settings/tokens/", tokens.token_list, name="token-list"),
    path("settings/tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
]

account_pages = [
    path("", accounts.account_list, name="account-list"),
    path("accounts.csv", accounts.account_export, name="account-export"),
    path("new/", accounts.account_new, name="account-new"),
    path("<int:account_id>/", accounts.account_page, name="account"),
    path("<int:account_id>/edit/", accounts.account_edit, name="account-edit"),
    path("<int:account_id>/stage/", accounts.account_stage, name="account-stage"),
    path("<int:account_id>/contracts/", panels.account_contracts, name="account-contracts"),
    path("<int:account_id>/csm/", panels.account_csm, name="account-csm"),
    path("<int:account_id>/family/", panels.account_family, name="account-family"),
    path("<int:account_id>/log/", panels.entry_new, name="entry-new"),
]

urlpatterns = [
    path("", include((team_pages, "team"))),
    path("accounts/", include((account_pages, "accounts"))),
]
