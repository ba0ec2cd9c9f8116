"""
What every room's part of the API has in common: errors, bulk answers and pages of changes.

Errors are problems (RFC 9457) with a stable `code` and, where fields are to blame, `errors` that name them. Everything
a caller needs stands in the body: Salesforce flows see neither headers nor empty answers.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from cs_platform.common import changes
from cs_platform.common.models import Fed
from cs_platform.common.outcomes import Outcome, Problem, Refused

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
MOST_ROWS = 200
DEFAULT_PAGE, LARGEST_PAGE = 200, 1000
# What a refused row's code says about a request that is about this row alone.
STATUS_OF_CODE = {"forbidden": status.HTTP_403_FORBIDDEN, "not_found": status.HTTP_404_NOT_FOUND}


class BadRequest(exceptions.APIException):
    """The request cannot be understood or done; `problems` say why."""

    status_code: int = status.HTTP_400_BAD_REQUEST

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message, problems[0].code)
        self.problems = problems
        self.status_code = STATUS_OF_CODE.get(problems[0].code, self.status_code)


def problem(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an exception of a view as a problem; what we did not foresee is logged and told as 500."""
    set_rollback()
    if isinstance(error, Refused):
        error = BadRequest(error.problems)
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif not isinstance(error, exceptions.APIException):
        log.error("The API could not answer %s", context["request"].path, exc_info=error)
        got_request_exception.send(sender=None, request=context["request"])
        error = exceptions.APIException("Something broke on our side. It has been logged.", "server_error")
    return _response(error)


def _response(error: exceptions.APIException) -> Response:
    problems = _problems(error)
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    body = {
        "type": "about:blank",
        "title": TITLES.get(error.status_code, "Error"),
        "status": error.status_code,
        "code": problems[0].code,
        "detail": " ".join(each.message for each in problems),
        "errors": [as_json(each) for each in problems],
    }
    return Response(body, status=error.status_code, headers=headers, content_type=PROBLEM_JSON)


TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    415: "Unsupported media type",
    500: "Server error",
}


def _problems(error: exceptions.APIException) -> Sequence[Problem]:
    if isinstance(error, BadRequest):
        return error.problems
    if isinstance(error, exceptions.ValidationError):
        return list(problems_in(error.get_full_details()))
    return list(problems_in(error.get_full_details()))


def problems_in(details: Any, path: str = "") -> Iterable[Problem]:
    """Flatten a serializer's errors: each names its field by its path, such as gitlab_roles[1]."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield Problem(str(details["code"]), str(details["message"]), (path,) if path else ())
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            here = f"[{name}]" if isinstance(name, int) else name
            joint = "." if path and not isinstance(name, int) else ""
            yield from problems_in(inner, path if name == "non_field_errors" else f"{path}{joint}{here}")
    else:
        for inner in details:
            yield from problems_in(inner, path)


def as_json(each: Problem) -> dict[str, Any]:
    return {"code": each.code, "message": each.message, "fields": list(each.fields)}


class Strict(serializers.Serializer[Any]):
    """A body in which every field must be one we know: a misspelt field would otherwise be a silent loss."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail(f"There is no field {name}.", "unknown_field") for name in unknown}
            )
        return super().to_internal_value(data)


def optional_text(longest: int, help_text: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=longest, help_text=help_text)


class OutsideName(serializers.Serializer[Any]):
    """What another system calls it."""

    system = serializers.CharField()
    external_id = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]


class ErrorAnswer(serializers.Serializer[Any]):
    """A problem as RFC 9457 has it, with a stable code and the fields to blame."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = ProblemShape(many=True)  # type: ignore[assignment]


PROBLEMS: dict[Any, Any] = {
    400: OpenApiResponse(ErrorAnswer, "The request cannot be understood or done; errors name the fields."),
    401: OpenApiResponse(ErrorAnswer, "No token, or one that is no longer good."),
    403: OpenApiResponse(ErrorAnswer, "The token was not made for this, or its user may not do it."),
}
NOT_FOUND: dict[Any, Any] = {404: OpenApiResponse(ErrorAnswer, "Nothing is known by this id.")}


class RowResult(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    external_id = serializers.CharField()
    id = serializers.UUIDField(allow_null=True)
    created = serializers.BooleanField()
    changed = serializers.BooleanField()
    success = serializers.BooleanField()
    errors = ProblemShape(many=True)  # type: ignore[assignment]


class BulkAnswer(serializers.Serializer[Any]):
    results = RowResult(many=True)


def take_rows(
    rows: Sequence[Any],
    *,
    serializer: type[Strict],
    take: Callable[[list[Any]], list[Outcome]],
    all_or_none: bool,
) -> dict[str, Any]:
    """
    Check rows one by one, let `take` write those that are right, and answer with one result a row, in their order.

    With `all_or_none` one row that is wrong keeps all others out; `take` sees to the reasons only it can know.
    """
    checked = [serializer(data=row) for row in rows]
    valid = [each for each in checked if each.is_valid()]
    is_stopped = all_or_none and len(valid) < len(checked)
    taken = iter([] if is_stopped else take([each.validated_data for each in valid]))
    outcomes = [
        _outcome(each, row) if is_stopped or each.errors else next(taken)
        for each, row in zip(checked, rows, strict=True)
    ]
    return {"results": [_result(index, outcome) for index, outcome in enumerate(outcomes)]}


class NoSuchPlace(APIView):
    """Tell whoever asks for an address that does not exist so in JSON."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def http_method_not_allowed(self, *args: Any, **kwargs: Any) -> Response:
        raise exceptions.NotFound("There is nothing at this address.")


def only(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of the one row a request is about, or refuse the request for the row's reasons."""
    (outcome,) = outcomes
    if outcome.is_refused:
        raise Refused(*outcome.problems)
    return outcome


def _outcome(checked: Strict, row: Any) -> Outcome:
    name = str(row.get("external_id", "")) if isinstance(row, Mapping) else ""
    if not checked.errors:
        message = "Not applied: another row was refused and all rows were asked for or none."
        return Outcome(external_id=name, problems=[Problem("not_applied", message)])
    details = serializers.ValidationError(checked.errors).get_full_details()
    return Outcome(external_id=name, problems=list(problems_in(details)))


def _result(index: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "index": index,
        "external_id": outcome.external_id,
        "id": outcome.uuid,
        "created": outcome.is_created,
        "changed": outcome.is_changed,
        "success": not outcome.is_refused,
        "errors": [as_json(each) for each in outcome.problems],
    }


class ChangesQuery(Strict):
    """How to ask for changes: from a cursor on, or what was modified since an instant."""

    cursor = serializers.CharField(required=False, help_text="Where the last page ended: its next_cursor.")
    modified_since = serializers.DateTimeField(
        required=False, help_text="Only rows modified since this instant, such as the as_of of an earlier answer."
    )
    limit = serializers.IntegerField(required=False, default=DEFAULT_PAGE, min_value=1, max_value=LARGEST_PAGE)

    def validate_cursor(self, value: str) -> changes.Position:
        try:
            return changes.position(value)
        except changes.BadCursor as error:
            raise serializers.ValidationError(str(error), "bad_cursor") from error


def answer_changes(
    request: Request, rows: Any, *, now: dt.datetime, show: Callable[[list[Any]], list[dict[str, Any]]]
) -> Response:
    """Answer a page of changed rows; `show` puts them into JSON together, so that it can look things up once."""
    query = ChangesQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    asked = query.validated_data
    page: changes.Changes[Fed] = changes.changes(
        rows, now=now, limit=asked["limit"], after=asked.get("cursor"), modified_since=asked.get("modified_since")
    )
    body = {"data": show(page.rows), "next_cursor": str(page.next), "has_more": page.has_more, "as_of": page.as_of}
    return Response(body)
