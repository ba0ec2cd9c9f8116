from __future__ import annotations

from django.urls import path

from metrics.api import views

urlpatterns = [
    path("metrics/retention", views.RetentionFigures.as_view(), name="api-retention"),
    path("metrics/time-to-value", views.TimeToValueFigures.as_view(), name="api-time-to-value"),
    path("metrics/reasons", views.ReasonFigures.as_view(), name="api-reasons"),
]
