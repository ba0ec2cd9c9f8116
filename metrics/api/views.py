from __future__ import annotations

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
from metrics.facts.operations import reading
from metrics.facts.rules import THEN
from metrics.reports.selectors.filters import MetricsFilter, filter_of
from metrics.retention.selectors.figures import reason_figures, retention_figures
from metrics.value import selectors as value
from metrics.value.rules import GOALS, Goal
from metrics.value.selectors import Range


def asked(request: Request, query: type[shapes.MetricsQuery]) -> tuple[MetricsFilter, dict[str, Any]]:
    """Return what a request asks for, once its query is understood, and what else it says."""
    given = understood(query, request.query_params.dict())
    narrowed = {name: given.get(name, "") for name in ("segment", "market", "region")}
    wanted = filter_of(
        caller(request),
        since=given.get("since"),
        until=given.get("until"),
        known_at=given.get("known_at"),
        narrowed=narrowed,
        basis=given.get("basis", THEN),
        today=clock.today(),
    )
    return wanted, given


class RetentionFigures(APIView):
    scopes = {"GET": Scope.READ_METRICS}

    @extend_schema(
        operation_id="getRetention",
        summary="Gross and net dollar retention and logo churn, month by month",
        parameters=[shapes.RetentionQuery],
        responses={200: shapes.RetentionAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted, given = asked(request, shapes.RetentionQuery)
        level = Level(given["level"])
        with reading(wanted.ends, as_known_at=wanted.known_at) as source:
            figures = retention_figures(source, wanted.population, ends=wanted.ends, level=level)
        months = {end: shapes.shown_retention(each) for end, each in figures.months}
        body = {
            "level": level.value,
            "currency": reporting_currency(),
            "months": shapes.by_month("month_end", months),
            "by_reach": shapes.by_reach({key: shapes.shown_retention(each) for key, each in figures.split.items()}),
            "pending": figures.pending[figures.end].quantize(shapes.MONEY),
            "excludes_public_sector": wanted.sees_less,
            "is_up_to_date": figures.behind is None,
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
        wanted, given = asked(request, shapes.ValueQuery)
        goal, within = Goal(given["goal"]), Range(wanted.first, wanted.last)
        figures = value.value_figures(wanted.population, [goal], within=within, today=wanted.as_of)[goal]
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
        parameters=[shapes.ReasonsQuery],
        responses={200: shapes.ReasonsAnswer, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted, given = asked(request, shapes.ReasonsQuery)
        with reading([wanted.end], as_known_at=wanted.known_at) as source:
            figures = reason_figures(
                source, wanted.population, end=wanted.end, is_grouped=given["reasons"] == "grouped"
            )
        sides = {
            "churn": figures.sides[True, None].shares,
            "expansion": figures.sides[False, None].shares,
            "losses": figures.losses,
        }
        body = {
            "month_end": wanted.end,
            "currency": reporting_currency(),
            **{side: [shapes.shown_share(share) for share in listed] for side, listed in sides.items()},
        }
        return Response(shapes.ReasonsAnswer(body).data)
