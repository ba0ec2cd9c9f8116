"""Retention: gross and net, month by month, split by engagement, and the way the ARR went; and the rows behind."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.contracts.selectors import Level
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import render_page
from metrics.facts.operations import reading
from metrics.facts.rules import months_before
from metrics.facts.selectors.cells import REACHES, Asking
from metrics.reports.selectors.filters import MetricsFilter
from metrics.retention.selectors.bridges import Passage, bridge, bridge_rows, in_total
from metrics.retention.selectors.cohorts import cohort_rows
from metrics.retention.selectors.figures import compared, retention_figures
from metrics.web import definitions, words
from metrics.web.cells import retention_cells
from metrics.web.charts import BARS, bridge_chart, retention_chart
from metrics.web.filters import Switch, filter_in
from metrics.web.listing import Column, Listing, list_page
from metrics.web.splits import retention_split

COMPARE = Switch("Compare with", "compare", (("month", "Month before"), ("period", "Period before")))


def level_in(request: SignedInRequest) -> Level:
    given = request.GET.get("level", "")
    return Level(given) if given in words.LEVELS else Level.PARENT


@require_GET
@needs(Permission.VIEW)
def retention_page(request: SignedInRequest) -> HttpResponse:
    asked, level, currency = filter_in(request), level_in(request), reporting_currency()
    with reading([*asked.ends_before, *asked.ends], as_known_at=asked.as_known_at) as source:
        figures = retention_figures(source, asked.population, ends=asked.ends, level=level)
        earlier = compared(source, asked.population, end=asked.compared_end, level=level)
        months = bridge(source, asked.population, ends=asked.ends)
        before = in_total(bridge(source, asked.population, ends=asked.ends_before))
    context = {
        "asked": asked,
        "figures": figures,
        "behind": figures.behind,
        "period_note": "Each month is compared with 12 months before. The period sets which months are listed; the "
        f"headline is {words.month(asked.end)}, the last full month in it.",
        "level": level,
        "switch": Switch("Level", "level", tuple(words.LEVELS.items())),
        "compare": COMPARE,
        "nouns": words.LEVEL_NOUNS[level],
        "currency": currency,
        "chart": retention_chart(figures.months),
        "cells": retention_cells(figures, earlier, asked, currency),
        "split": retention_split(figures, asked, currency),
        "bars": [(key, label) for label, key, _ in BARS if key != "moved" or asked.population.narrowing],
        "bridge": [_line(asked, month, asked.population.narrowing) for month in months],
        "whole": _line(asked, in_total(months), asked.population.narrowing, first=asked.ends[0]),
        "before": before,
        "before_amounts": [amount for _, amount in before.amounts(bool(asked.population.narrowing))],
        "before_range": (asked.ends_before[0], asked.ends_before[-1]),
        "bridge_chart": bridge_chart(months, currency),
        "define": definitions,
    }
    return render_page(request, "metrics/retention.html", context, partial="figures")


# Return a month with each of its bars and where the bar opens.
def _line(asked: MetricsFilter, month: Passage, narrowed: Any, *, first: dt.date | None = None) -> dict[str, Any]:
    begin = (first or month.end).replace(day=1)

    def opens(**more: str) -> str:
        return asked.address("metrics:bridge-rows", **{"from": begin.isoformat(), "to": month.end.isoformat(), **more})

    return {
        "month": month,
        "href": opens(),
        "beginning": (month.beginning, opens(bar="beginning")),
        "bars": [(amount, opens(bar=key)) for key, amount in month.amounts(bool(narrowed))],
        "ending": (month.ending, opens(bar="ending")),
    }


@require_GET
@needs(Permission.VIEW)
def retention_rows(request: SignedInRequest) -> HttpResponseBase:
    asked, level = filter_in(request), level_in(request)
    with reading([asked.end], as_known_at=asked.as_known_at) as source:
        asking = cohort_rows(source, asked.population, end=asked.end, level=level)
        listing = _cohort_listing(request, asked, asking, level)
        return list_page(request, asked, listing, back="metrics:retention", name="retention")


# Return who was a customer twelve months ago; new customers are in neither sum and not listed.
def _cohort_listing(request: SignedInRequest, asked: MetricsFilter, asking: Asking, level: Level) -> Listing:
    noun, start = words.LEVEL_NOUNS[level], months_before(asked.end)
    if level is Level.SUBSCRIPTION:
        asking = Asking(
            f"select h.*, s.number from ({asking.sql}) h join accounts_subscription s on s.id = h.subscription_id",
            asking.values,
        )
    return Listing(
        f"{words.month(asked.end)}, {noun} that paid twelve months before",
        (
            Column("account", words.LEVELS[level], "account"),
            Column("before", f"ARR {words.month(start)}", "money"),
            Column("after", f"ARR {words.month(asked.end)}", "money"),
            Column("kept", "Kept", "money"),
            Column("pending", "Renewal pending", "money"),
            Column("change", "Change", "money"),
            Column("what", "What happened", "chip", words.CHANGES, words.CHANGE_TONES),
            Column("reach", "Engagement", "chip", words.REACH_NUMBERS, words.REACH_NUMBER_TONES),
        ),
        asking,
        request.user,
        request.GET,
        (
            ("what", "What happened", [(key, label) for key, label in words.CHANGES.items() if key != "New"]),
            ("reach", "Engagement", list(words.REACHES.items())),
        ),
        {"what": {key: key for key in words.CHANGES}, "reach": {reach.value: n for n, reach in enumerate(REACHES)}},
        order="change, account_id, subscription_id",
        unit=noun,
        has_number=level is Level.SUBSCRIPTION,
    )


@require_GET
@needs(Permission.VIEW)
def bridge_rows_page(request: SignedInRequest) -> HttpResponseBase:
    """The accounts whose ARR changed between two days, each with all its changes; or those behind one bar."""
    asked, bar = filter_in(request), request.GET.get("bar", "")
    labels = {key: label for label, key, _ in BARS} | {"beginning": "Beginning", "ending": "Ending"}
    with reading(asked.ends, as_known_at=asked.as_known_at) as source:
        asking = bridge_rows(source, asked.population, ends=asked.ends, bar=bar if bar in labels else "")
        columns = [Column("account", "Account", "account")]
        if (
            (bar in ("moved", "beginning", "ending") and len(asked.ends) > 1)
            or bar == "moved"
            or "as beginning" in asking.sql[:60]
        ):
            columns.append(Column(bar, labels[bar], "money"))
        else:
            columns += [Column("beginning", "Beginning", "money")]
            columns += [Column(key, label, "money") for label, key, _ in BARS if key != "moved"]
            columns += [Column("ending", "Ending", "money")]
        span = dict.fromkeys([words.month(asked.ends[0]), words.month(asked.end)])
        what = f"accounts behind {labels[bar].lower()}" if bar in labels else "accounts whose ARR changed"
        order = f'abs("{bar}") desc, account_id' if bar in labels else "abs(ending - beginning) desc, account_id"
        listing = Listing(
            f"{' to '.join(span)}, {what}", tuple(columns), asking, request.user, request.GET, order=order
        )
        return list_page(request, asked, listing, back="metrics:retention", name="arr-bridge")
