"""Pages of what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cs_platform.common import changes
from cs_platform.common.api.bodies import Strict, understood
from cs_platform.common.filters import ListFilter
from cs_platform.common.models import Fed
from cs_platform.common.text import either, value_of_choice

DEFAULT_PAGE, LARGEST_PAGE = 200, 1000


class ChangesQuery(Strict):
    """How to ask for changes: from a cursor on, or what was modified since an instant."""

    cursor = serializers.CharField(required=False, help_text="The next_cursor of the previous page.")
    modified_since = serializers.DateTimeField(
        required=False, help_text="Only rows modified since this instant, such as the as_of of an earlier response."
    )
    limit = serializers.IntegerField(required=False, default=DEFAULT_PAGE, min_value=1, max_value=LARGEST_PAGE)

    def validate_cursor(self, value: str) -> changes.Position:
        try:
            return changes.position(value)
        except changes.BadCursor as error:
            raise serializers.ValidationError(str(error), "bad_cursor") from error


def filtered(request: Request, kind: type[ListFilter], *, viewer: Any, today: dt.date) -> ListFilter:
    """
    Return the list's filter as the query asks for it.

    :raises serializers.ValidationError: naming each parameter whose value is no choice.
    """
    given = {name: str(value) for name, value in request.query_params.items() if name in kind.base_filters}
    choices = {name: kind.base_filters[name].extra.get("choices") for name in given}
    known = {name: value_of_choice(pairs, given[name]) for name, pairs in choices.items() if isinstance(pairs, list)}
    given |= {name: value for name, value in known.items() if value}
    wanted = kind(given, viewer=viewer, today=today)  # type: ignore[call-arg]  # a list finds its own rows
    if not wanted.is_valid():
        raise serializers.ValidationError(
            {
                name: [_refusal(error, choices.get(name)) for error in errors]
                for name, errors in wanted.form.errors.as_data().items()
            }
        )
    return wanted


def _refusal(error: ValidationError, choices: Any) -> serializers.ErrorDetail:
    if error.code == "invalid_choice" and isinstance(choices, list):
        return serializers.ErrorDetail(f"Must be {either(str(label) for _, label in choices)}.", error.code)
    return serializers.ErrorDetail(error.messages[0], error.code or "invalid")


def filter_parameters(kind: type[ListFilter]) -> list[OpenApiParameter]:
    """Describe a list's filters in the OpenAPI description."""
    return [
        OpenApiParameter(
            name,
            str,
            description=str(each.label or "Words, each the beginning of a word." if name == "q" else each.label or ""),
            enum=[value for value, _ in choices] if isinstance(choices := each.extra.get("choices"), list) else None,
        )
        for name, each in kind.base_filters.items()
    ]


def answer_changes(
    request: Request,
    rows: Any,
    *,
    show: Callable[[list[Any]], list[dict[str, Any]]],
    filters: Collection[str] = (),
) -> Response:
    """
    Answer a page of changed rows; `show` puts them into JSON together, so that it can look things up once.

    `filters` are the parameters that narrowed `rows` already.
    """
    asked = understood(ChangesQuery, {name: v for name, v in request.query_params.items() if name not in filters})
    page: changes.Changes[Fed] = changes.changes(
        rows, limit=asked["limit"], after=asked.get("cursor"), modified_since=asked.get("modified_since")
    )
    body = {"data": show(page.rows), "next_cursor": str(page.next), "has_more": page.has_more, "as_of": page.as_of}
    return Response(body)
