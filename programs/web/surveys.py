"""The results of the surveys that a program sends."""

from __future__ import annotations

from typing import Any

from accounts.team.models import User
from contacts.delivery.models import Mailing
from programs.design.operations import mailing_key
from programs.web.context import OpenProgram, Period
from surveys.design.models import Question, SurveyVersion
from surveys.responses.rules import rounded
from surveys.responses.selectors import InvitationCounts, Scores, invitation_counts, scores, verbatims

WORDS_SHOWN = 5


def survey_results(seen: OpenProgram, period: Period, *, viewer: User) -> list[dict[str, Any]]:
    """Return what each survey of the newest version brought in from those asked in the period."""
    steps = {
        step.survey_version: step for step in (seen.document.steps if seen.document else ()) if step.survey_version
    }
    found = []
    for version in SurveyVersion.objects.filter(pk__in=steps).select_related("survey").order_by("pk"):
        key = mailing_key(seen.program, steps[version.pk])
        mailings = list(Mailing.objects.filter(key=key).values_list("id", flat=True))
        reach = invitation_counts(
            version.survey_id, viewer=viewer, mailing_ids=mailings, since=period.since, until=period.until
        )
        answers = scores(version.survey_id, viewer=viewer, since=period.since, until=period.until)
        found.append(
            {
                "survey": version.survey,
                "asked": reach,
                "cards": [_card(question) for question in answers],
                "words": verbatims(version.survey_id, viewer=viewer)[:WORDS_SHOWN],
                "finding": _finding(reach),
            }
        )
    return found


# Return one question as the page shows it: its score, how sure that is, and how the answers are spread.
def _card(question: Scores) -> dict[str, Any]:
    is_nps = question.kind == Question.Kind.NPS
    numbers = range(11) if is_nps else range(1, 6)
    most = max(question.by_number.values(), default=0)
    given = [(number, question.by_number.get(number, 0)) for number in numbers]
    score = question.nps.score if is_nps else question.csat.score
    return {
        "question": question,
        "is_nps": is_nps,
        "score": rounded(score) if score is not None else None,
        "margin": round(question.nps.margin or 0) if is_nps else None,
        "mean": float(question.csat.mean) if not is_nps and question.csat.mean is not None else None,
        "answers": sum(question.by_number.values()),
        "is_small": question.nps.is_small if is_nps else sum(question.by_number.values()) < 30,
        "columns": [(str(number), float(count), str(count)) for number, count in given],
        "most": most,
        "parts": _parts(question) if is_nps else [],
    }


def _parts(question: Scores) -> list[tuple[str, int, str]]:
    groups = question.nps
    return [
        ("Promoters (9–10)", groups.promoters, "good"),
        ("Passives (7–8)", groups.passives, "s6"),
        ("Detractors (0–6)", groups.detractors, "bad"),
    ]


def _finding(reach: InvitationCounts) -> str:
    return f"{reach.answered:,} of {reach.delivered:,} people surveyed responded"
