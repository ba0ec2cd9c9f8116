"""Pages of what changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cs_platform.common import changes
from cs_platform.common.api.bodies import Strict, understood
from cs_platform.common.models import Fed

DEFAULT_PAGE, LARGEST_PAGE = 200, 1000


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
    asked = understood(ChangesQuery, request.query_params)
    page: changes.Changes[Fed] = changes.changes(
        rows, now=now, limit=asked["limit"], after=asked.get("cursor"), modified_since=asked.get("modified_since")
    )
    body = {"data": show(page.rows), "next_cursor": str(page.next), "has_more": page.has_more, "as_of": page.as_of}
    return Response(body)
