from __future__ import annotations

from django.urls import include, path

from metrics.web import home, milestones, overview, panels, reasons, retention, value

of_metrics = [
    path("", overview.overview_page, name="home"),
    path("time-to-value/", value.value_page, name="value"),
    path("time-to-value/rows/", value.value_rows, name="value-rows"),
    path("retention/", retention.retention_page, name="retention"),
    path("retention/rows/", retention.retention_rows, name="retention-rows"),
    path("retention/bridge/", retention.bridge_rows_page, name="bridge-rows"),
    path("reasons/", reasons.reasons_page, name="reasons"),
    path("reasons/rows/", reasons.change_rows_page, name="reason-rows"),
    path("reasons/losses/", reasons.loss_rows_page, name="loss-rows"),
    path("reasons/reconciled/", reasons.reconciled_rows_page, name="reconciled-rows"),
    path("burn-down/", home.burn_down, name="burn-down"),
]

of_accounts = [
    path("licenses/", panels.account_licenses, name="account-licenses"),
    path("value/", panels.account_value, name="account-value"),
    path("milestones/", milestones.account_milestones, name="account-milestones"),
    path("milestones/<int:milestone_id>/withdraw/", milestones.milestone_withdraw, name="milestone-withdraw"),
]

pages = [
    path("metrics/", include(of_metrics)),
    path("accounts/<int:account_id>/", include(of_accounts)),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("", include((pages, "metrics"))),
]
