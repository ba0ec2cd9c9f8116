from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.team.http import caller
from accounts.team.rules import Scope
from contacts.delivery.selectors import held_mail
from cs_platform.common import clock
from cs_platform.common.api import NOT_FOUND, PROBLEMS, understood
from programs.api.serializers import (
    PeriodQuery,
    ProgramDetail,
    ProgramList,
    ProgramsQuery,
    show_held,
    show_program,
    show_results,
    show_step,
)
from programs.design.models import Program, ProgramQuerySet
from programs.design.rules import from_json
from programs.design.selectors import newest_version
from programs.results.selectors import overall, step_results, summaries


def visible(request: Request) -> ProgramQuerySet:
    return Program.objects.for_viewer(caller(request)).select_related("owner")


class Programs(APIView):
    scopes = {"GET": Scope.READ_PROGRAMS}

    @extend_schema(
        operation_id="listPrograms",
        summary="List programs with participants and results",
        parameters=[ProgramsQuery],
        responses={200: ProgramList, **PROBLEMS},
    )
    def get(self, request: Request) -> Response:
        wanted, now = understood(ProgramsQuery, request.query_params), clock.now()
        programs = visible(request).filter(**wanted).order_by("key")
        shown = [show_program(row) for row in summaries(list(programs), viewer=caller(request), now=now)]
        return Response(ProgramList({"data": shown, "as_of": now}).data)


class ProgramById(APIView):
    scopes = {"GET": Scope.READ_PROGRAMS}

    @extend_schema(
        operation_id="getProgram",
        summary="Get a program with results by step",
        parameters=[PeriodQuery],
        responses={200: ProgramDetail, **PROBLEMS, **NOT_FOUND},
    )
    def get(self, request: Request, uuid: UUID) -> Response:
        program, now = visible(request).filter(uuid=uuid).first(), clock.now()
        if program is None:
            raise NotFound("No program found with this id.", "not_found")
        period = understood(PeriodQuery, request.query_params)
        span: dict[str, Any] = {
            "viewer": caller(request),
            "since": period.get("since"),
            "until": period.get("until"),
        }
        (row,) = summaries([program], viewer=caller(request), now=now)
        version = newest_version(program)
        steps = step_results(program, from_json(version.document), **span) if version else []
        shown = {
            **show_program(row),
            "results": show_results(overall(program, **span)),
            "held_for": [show_held(each) for each in held_mail(program.pk, viewer=caller(request))],
            "steps": [show_step(step) for step in steps],
            "as_of": now,
        }
        return Response(ProgramDetail(shown).data)
