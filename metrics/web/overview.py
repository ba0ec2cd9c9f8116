"""Metrics at a glance: the key figures, their course, and each of them split by engagement."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.contracts.selectors import Level
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import render_page
from metrics.facts.operations import reading
from metrics.retention.selectors.figures import compared, retention_figures
from metrics.value import selectors as value
from metrics.value.rules import Goal
from metrics.value.selectors import Range
from metrics.web import definitions, words
from metrics.web.cells import goal_cells, retention_cells
from metrics.web.charts import retention_chart
from metrics.web.filters import filter_in
from metrics.web.splits import Split, retention_lines, value_lines


@require_GET
@needs(Permission.VIEW)
def overview_page(request: SignedInRequest) -> HttpResponse:
    asked, currency = filter_in(request), reporting_currency()
    with reading([*asked.ends_before, *asked.ends], as_known_at=asked.as_known_at) as source:
        kept = retention_figures(source, asked.population, ends=asked.ends, level=Level.PARENT)
        earlier = compared(source, asked.population, end=asked.compared_end, level=Level.PARENT)
    within = Range(asked.first, asked.last)
    goals = value.value_figures(asked.population, list(Goal), within=within, today=asked.as_of)
    heads = tuple((name, "") for name in words.REACHES.values())
    lines = (
        *retention_lines(kept, asked, currency),
        *(line for goal in Goal for line in value_lines(goals[goal], asked)),
    )
    context = {
        "asked": asked,
        "behind": kept.behind,
        "period_note": f"Retention and reasons cover the 12 months to {words.month(kept.end)}, the last full month "
        "in the period. Time to value covers accounts that started in the period.",
        "cells": [*retention_cells(kept, earlier, asked, currency), *goal_cells(goals, asked)],
        "end": kept.end,
        "chart": retention_chart(kept.months),
        "split": Split(heads, lines),
        "define": definitions,
    }
    return render_page(request, "metrics/overview.html", context, partial="figures")
