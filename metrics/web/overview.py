"""Metrics at a glance: the key figures, their course, and each of them split by engagement."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import render_page
from metrics.retention import selectors as retention
from metrics.retention.selectors import Level
from metrics.value import selectors as value
from metrics.value.rules import Goal
from metrics.value.selectors import Range
from metrics.web import definitions, words
from metrics.web.asked import asked_in
from metrics.web.cells import goal_cells, retention_cells
from metrics.web.charts import retention_chart
from metrics.web.splits import Split, retention_lines, value_lines


@require_GET
@needs(Permission.VIEW)
def overview_page(request: SignedInRequest) -> HttpResponse:
    asked, currency = asked_in(request), reporting_currency()
    kept = retention.retention_figures(
        asked.population, ends=asked.ends, level=Level.PARENT, as_known_at=asked.as_known_at
    )
    within = Range(asked.first, asked.last)
    goals = value.value_figures(asked.population, list(Goal), within=within, today=asked.today)
    heads = tuple((name, "") for name in words.REACHES.values())
    lines = (
        *retention_lines(kept, asked, currency),
        *(line for goal in Goal for line in value_lines(goals[goal], asked)),
    )
    context = {
        "asked": asked,
        "cells": [*retention_cells(kept, asked, currency), *goal_cells(goals, asked)],
        "end": kept.end,
        "chart": retention_chart(kept.months),
        "split": Split(heads, lines),
        "define": definitions,
    }
    return render_page(request, "metrics/overview.html", context, partial="figures")
