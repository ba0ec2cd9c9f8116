"""The page on which somebody answers a survey: public, without sign-in, without JavaScript."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.team.selectors import organisation
from contacts.delivery.selectors import tracking_keys
from cs_platform.common import clock
from cs_platform.common.public import render_public
from surveys.design.models import Question
from surveys.responses import operations
from surveys.responses.models import Invitation
from surveys.responses.rules import unseal_invitation
from surveys.responses.selectors import answers_to

SCALES = {
    Question.Kind.NPS: (range(11), "Not at all likely", "Extremely likely"),
    Question.Kind.CSAT: (range(1, 6), "Very dissatisfied", "Very satisfied"),
}


@login_not_required
@csrf_exempt  # The token is the key: who has it may answer, and mail programs keep no cookies.
@require_http_methods(["GET", "HEAD", "POST"])
def respond(request: HttpRequest, token: str) -> HttpResponse:
    """Show the questions, or take the answers. A GET never writes: gateways follow every link of a mail."""
    invitation, now = _invitation_of(token), clock.now()
    if invitation is None:
        return _page(request, {"state": "unknown"}, status=404)
    if request.method == "POST":
        return _take(request, invitation, now)
    if invitation.closes_at is not None and now > invitation.closes_at:
        return _page(request, {"state": "closed", "invitation": invitation}, status=410)
    given = answers_to(invitation)
    if given and "thanks" in request.GET:
        return _page(request, {"state": "thanks", "invitation": invitation})
    if given and "score" not in request.GET and "change" not in request.GET:
        return _page(request, {"state": "answered", "invitation": invitation})
    return _form(request, invitation, {**given, **_chosen_in_mail(request, invitation)})


def _take(request: HttpRequest, invitation: Invitation, now: dt.datetime) -> HttpResponse:
    typed = {key: value for key, value in request.POST.items() if isinstance(value, str)}
    try:
        operations.record_response(invitation=invitation, answers=typed, now=now)
    except operations.Closed:
        return _page(request, {"state": "closed", "invitation": invitation}, status=410)
    except operations.BadAnswer as refusal:
        return _form(request, invitation, typed, problems=refusal.problems)
    return redirect(f"{request.path}?thanks")


# Return the score somebody chose by clicking it in the mail, for the first question that takes one.
def _chosen_in_mail(request: HttpRequest, invitation: Invitation) -> dict[str, str]:
    score = request.GET.get("score", "")
    asked = next((q for q in _questions(invitation) if q.kind == Question.Kind.NPS), None)
    is_score = score.isascii() and score.isdecimal() and len(score) < 3 and int(score) in SCALES[Question.Kind.NPS][0]
    return {asked.key: str(int(score))} if asked and is_score else {}


def _questions(invitation: Invitation) -> list[Question]:
    return list(invitation.version.questions.order_by("position"))


def _form(
    request: HttpRequest, invitation: Invitation, typed: Mapping[str, str], *, problems: Mapping[str, str] | None = None
) -> HttpResponse:
    found = problems or {}
    shown = [_shown(question, typed, found) for question in _questions(invitation)]
    context = {"state": "form", "invitation": invitation, "questions": shown, "problems": found}
    return _page(request, context, status=422 if problems else 200)


def _shown(question: Question, typed: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, Any]:
    value = typed.get(question.key, "")
    numbers, low, high = SCALES.get(Question.Kind(question.kind), ((), "", ""))
    return {
        "key": question.key,
        "text": question.text,
        "is_required": question.is_required,
        "kind": question.kind,
        "numbers": [(str(number), str(number) == value.strip()) for number in numbers],
        "low": low,
        "high": high,
        "value": value,
        "problem": problems.get(question.key, ""),
    }


def _invitation_of(token: str) -> Invitation | None:
    number = unseal_invitation(tracking_keys(), token)
    found = Invitation.objects.select_related("survey", "version", "person", "account")
    return found.filter(pk=number).first() if number is not None else None


def _page(request: HttpRequest, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    return render_public(request, "surveys/respond.html", {**context, "organisation": organisation()}, status=status)
