"""Many rows in one request, and one result for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rest_framework import serializers

from cs_platform.common.api.bodies import Strict
from cs_platform.common.api.problems import ProblemShape, as_json, problems_in
from cs_platform.common.outcomes import Outcome, Problem

MOST_ROWS = 200


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


def _outcome(checked: Strict, row: Any) -> Outcome:
    name = str(row.get("external_id", "")) if isinstance(row, Mapping) else ""
    if not checked.errors:
        message = "Not applied: another row was rejected and all_or_none is set."
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
