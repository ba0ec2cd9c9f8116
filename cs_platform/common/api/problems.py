"""Errors as problems (RFC 9457), with a stable code and the fields to blame."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from cs_platform.common.outcomes import Outcome, Problem, Refused

log = logging.getLogger(__name__)

PROBLEM_JSON = "application/problem+json"
# What a refused row's code says about a request that is about this row alone.
STATUS_OF_CODE = {"forbidden": status.HTTP_403_FORBIDDEN, "not_found": status.HTTP_404_NOT_FOUND}


class BadRequest(exceptions.APIException):
    """The request cannot be understood or done; `problems` say why."""

    status_code: int = status.HTTP_400_BAD_REQUEST

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].message, problems[0].code)
        self.problems = problems
        self.status_code = STATUS_OF_CODE.get(problems[0].code, self.status_code)


class TooLarge(exceptions.APIException):
    """The body has more bytes than a request may have."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self) -> None:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        super().__init__(f"The body is larger than {most} MB. Send fewer rows at once.")


def problem(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an exception of a view as a problem; what we did not foresee is logged and told as 500."""
    set_rollback()
    if isinstance(error, Refused):
        error = BadRequest(error.problems)
    elif isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, RecursionError):
        error = exceptions.ParseError("The body has too many lists or objects within each other.")
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
    413: "Body too large",
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
    (400, PROBLEM_JSON): OpenApiResponse(
        ErrorAnswer, "The request cannot be understood or done; errors name the fields."
    ),
    (401, PROBLEM_JSON): OpenApiResponse(ErrorAnswer, "No token, or one that is no longer good."),
    (403, PROBLEM_JSON): OpenApiResponse(ErrorAnswer, "The token was not made for this, or its user may not do it."),
}
NOT_FOUND: dict[Any, Any] = {
    (404, PROBLEM_JSON): OpenApiResponse(ErrorAnswer, "Not found."),
}


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
