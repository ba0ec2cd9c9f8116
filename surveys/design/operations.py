from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from surveys.design.models import Question, Survey, SurveyVersion


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """One question as written: its key, kind (Question.Kind) and text."""

    key: str
    kind: str
    text: str
    is_required: bool = False


@transaction.atomic
def publish_survey(
    *, key: str, name: str, kind: str, questions: Sequence[NewQuestion], now: dt.datetime
) -> SurveyVersion:
    """Freeze these questions as the survey's next version; the same questions again give the version there is."""
    survey, _ = Survey.objects.update_or_create(key=key, defaults={"name": name, "kind": kind})
    latest = survey.versions.order_by("-number").first()
    if latest is not None and _questions_of(latest) == list(questions):
        return latest
    version = SurveyVersion.objects.create(survey=survey, number=latest.number + 1 if latest else 1, created_at=now)
    Question.objects.bulk_create(
        [
            Question(version=version, key=q.key, kind=q.kind, text=q.text, is_required=q.is_required, position=position)
            for position, q in enumerate(questions, start=1)
        ]
    )
    return version


def _questions_of(version: SurveyVersion) -> list[NewQuestion]:
    rows = version.questions.order_by("position").values_list("key", "kind", "text", "is_required")
    return [NewQuestion(*row) for row in rows]
