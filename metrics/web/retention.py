"""Retention: gross and net, month by month, split by engagement, and the way the ARR went; and the rows behind."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from accounts.team.selectors import reporting_currency
from cs_platform.common.htmx import render_page
from metrics.population.selectors import customers
from metrics.retention import selectors
from metrics.retention.rules.changes import change_of_amount
from metrics.retention.selectors import Cohort, Level, Passage
from metrics.web import definitions, words
from metrics.web.asked import Asked, Switch, asked_in
from metrics.web.cells import retention_cells
from metrics.web.charts import PARTS, bridge_chart, retention_chart
from metrics.web.listing import Column, Listing, Row, list_page
from metrics.web.splits import retention_split


def level_in(request: SignedInRequest) -> Level:
    given = request.GET.get("level", "")
    return Level(given) if given in words.LEVELS else Level.PARENT


@require_GET
@needs(Permission.VIEW)
def retention_page(request: SignedInRequest) -> HttpResponse:
    asked, level, currency = asked_in(request), level_in(request), reporting_currency()
    report = selectors.retention_report(asked.population, ends=asked.ends, level=level, as_known_at=asked.as_known_at)
    figures = report.figures
    context = {
        "asked": asked,
        "figures": figures,
        "level": level,
        "switch": Switch("Level", "level", tuple(words.LEVELS.items())),
        "nouns": words.LEVEL_NOUNS[level],
        "currency": currency,
        "chart": retention_chart(figures.months),
        "cells": retention_cells(figures, asked, currency),
        "split": retention_split(figures, asked, currency),
        "bridge": [(month, _month_address(asked, month.end)) for month in report.bridge],
        "bridge_chart": bridge_chart(report.bridge, currency),
        "define": definitions,
    }
    return render_page(request, "metrics/retention.html", context, partial="figures")


def _month_address(asked: Asked, end: dt.date) -> str:
    return asked.address("metrics:bridge-rows", **{"from": f"{end:%Y-%m}-01", "to": end.isoformat()})


@require_GET
@needs(Permission.VIEW)
def retention_rows(request: SignedInRequest) -> HttpResponseBase:
    asked, level = asked_in(request), level_in(request)
    cohort = selectors.cohort_on(asked.population, end=asked.end, level=level, as_known_at=asked.as_known_at)
    return list_page(request, asked, _cohort_listing(asked, cohort), back="metrics:retention", name="retention")


# Return who was a customer twelve months ago; new customers are in neither sum and not listed.
def _cohort_listing(asked: Asked, cohort: Cohort) -> Listing:
    held = [holding for holding in cohort.holdings if holding.before > 0]
    reaches = selectors.reaches_of(cohort)
    named = _names(asked, cohort)
    rows = [
        Row(
            cohort.accounts_of[each.key][0] if cohort.level is Level.SUBSCRIPTION else each.key,
            (
                named.get(each.key, "Not to be seen"),
                each.before,
                each.after,
                min(each.before, each.after),
                each.after - each.before,
                change_of_amount(each.before, each.after).value,
                reaches[each.key].value,
            ),
        )
        for each in sorted(held, key=lambda each: (each.after - each.before, each.key))
    ]
    noun = words.LEVEL_NOUNS[cohort.level]
    return Listing(
        f"{words.month(cohort.end)}, {noun} that paid twelve months before",
        (
            Column("account", words.LEVELS[cohort.level], "account"),
            Column("before", f"ARR {words.month(cohort.start)}", "money"),
            Column("after", f"ARR {words.month(cohort.end)}", "money"),
            Column("kept", "Kept", "money"),
            Column("change", "Change", "money"),
            Column("what", "What happened", "chip", words.CHANGES, words.CHANGE_TONES),
            Column("reach", "Engagement", "chip", words.REACHES, words.REACH_TONES),
        ),
        rows,
        (
            ("what", "What happened", [(key, label) for key, label in words.CHANGES.items() if key != "New"]),
            ("reach", "Engagement", list(words.REACHES.items())),
        ),
        unit=noun,
    )


def _names(asked: Asked, cohort: Cohort) -> dict[int, str]:
    if cohort.level is not Level.SUBSCRIPTION:
        found = customers(asked.population.viewer, cohort.accounts_of.keys())
        return {key: customer.name for key, customer in found.items()}
    owners = {key: members[0] for key, members in cohort.accounts_of.items()}
    found = customers(asked.population.viewer, set(owners.values()))
    numbers = selectors.numbers_of(cohort.accounts_of.keys())
    return {key: f"{found[owner].name} · {numbers[key]}" for key, owner in owners.items() if owner in found}


BRIDGE_COLUMNS = (
    Column("account", "Account", "account"),
    Column("beginning", "Beginning", "money"),
    *(Column(part, label, "money") for label, part, _ in PARTS),
    Column("true_ups", "True-ups", "money"),
    Column("ending", "Ending", "money"),
)


@require_GET
@needs(Permission.VIEW)
def bridge_rows(request: SignedInRequest) -> HttpResponseBase:
    """The accounts whose ARR changed in the months of the range, each with all its changes."""
    asked = asked_in(request)
    passages = selectors.bridges_by_account(asked.population, ends=asked.ends, as_known_at=asked.as_known_at)
    whole = selectors.over_all_months(passages)
    changed = {account: passage for account, passage in whole.items() if passage.is_change}
    found = customers(asked.population.viewer, changed.keys())
    rows = [
        Row(account, (found[account].name, passage.beginning, *_parts(passage), passage.true_ups, passage.ending))
        for account, passage in sorted(changed.items(), key=lambda each: (-abs(each[1].change), each[0]))
    ]
    span = dict.fromkeys([words.month(asked.ends[0]), words.month(asked.end)])
    listing = Listing(f"{' to '.join(span)}, accounts whose ARR changed", BRIDGE_COLUMNS, rows)
    return list_page(request, asked, listing, back="metrics:retention", name="arr-bridge")


def _parts(passage: Passage) -> list[Decimal]:
    return [getattr(passage.parts, part) for _, part, _ in PARTS]
