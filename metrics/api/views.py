from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.contracts.selectors import Level
from accounts.team.http import caller
from accounts.team.rules import Scope
from accounts.team.selectors import reporting_currency
from cs_platform.common import clock
from cs_platform.common.api import PROBLEMS, understood
from metrics.api import serializers as shapes
from metrics.population.selectors import Population
from metrics.retention import selectors as retention
from metrics.retention.rules.periods import closed_month_ends, months_back
from metrics.value import selectors as value
from metrics.value.rules import GOALS, Goal
from metrics.value.selectors import Range

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, once its query is understood."""

    population: Population
    first: dt.date
    last: dt.date
    today: dt.date
    given: dict[str, Any]

    @property
    def ends(self) -> list[dt.date]:
        return closed_month_ends(self.first, self.last, today=self.today)


def asked(request: Request, query: type[shapes.MetricsQuery]) -> Asked:
    given, today = understood(query, request.query_params.dict()), clock.today()
    narrowed = {name: given.get(name, "") for name in ("segment", "market", "region")}
    last = min(given.get("until", today), today)
    first = given.get("since") or months_back(MONTHS, last)
    return Asked(Population(caller(request), **narrowed), first, last, today, given)


class RetentionFigures(APIView):
    scopes = {"GET": Scope.READ_METRICS}

    @extend_schema(
        operation_id="getRetention",
        summary="Gross and net dollar retention and logo churn, month by month",
        parameters=[shapes.RetentionQuery],
        responses={200: shapes.RetentionAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted = asked(request, shapes.RetentionQuery)
        level = Level(wanted.given["level"])
        figures = retention.retention_figures(
            wanted.population, ends=wanted.ends, level=level, as_known_at=wanted.given.get("known_at")
        )
        months = {end: shapes.shown_retention(each) for end, each in figures.months}
        body = {
            "level": level.value,
            "currency": reporting_currency(),
            "months": shapes.by_month("month_end", months),
            "by_reach": shapes.by_reach({key: shapes.shown_retention(each) for key, each in figures.split.items()}),
        }
        return Response(shapes.RetentionAnswer(body).data)


class TimeToValueFigures(APIView):
    scopes = {"GET": Scope.READ_METRICS}

    @extend_schema(
        operation_id="getTimeToValue",
        summary="How long accounts whose clock started in the range waited for a goal",
        parameters=[shapes.ValueQuery],
        responses={200: shapes.ValueAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted = asked(request, shapes.ValueQuery)
        goal, within = Goal(wanted.given["goal"]), Range(wanted.first, wanted.last)
        figures = value.value_figures(wanted.population, [goal], within=within, today=wanted.today)[goal]
        months = {month: shapes.shown_value(each) for month, each in figures.months.items()}
        body = {
            "goal": goal.value,
            "goal_days": GOALS[goal],
            "figure": shapes.shown_value(figures.figure),
            "waiting_longer": len(figures.late),
            "months": shapes.by_month("month_start", months),
            "by_reach": shapes.by_reach({key: shapes.shown_value(each) for key, each in figures.split.items()}),
        }
        return Response(shapes.ValueAnswer(body).data)


class ReasonFigures(APIView):
    scopes = {"GET": Scope.READ_METRICS}

    @extend_schema(
        operation_id="getChurnAndExpansionReasons",
        summary="Why ARR was lost and gained in a year, dollar-weighted",
        parameters=[shapes.KnownQuery],
        responses={200: shapes.ReasonsAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted = asked(request, shapes.KnownQuery)
        end = wanted.ends[-1]
        figures = retention.reason_figures(wanted.population, end=end, as_known_at=wanted.given.get("known_at"))
        shares = figures.reasons.shares
        sides = {"churn": shares.churn, "expansion": shares.expansion, "losses": figures.losses.shares}
        body = {
            "month_end": end,
            "currency": reporting_currency(),
            **{side: [shapes.shown_share(share) for share in listed] for side, listed in sides.items()},
        }
        return Response(shapes.ReasonsAnswer(body).data)
