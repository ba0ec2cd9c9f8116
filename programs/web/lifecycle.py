"""Pause, resume and stop a program: what each would do is said before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.delivery.models import Delivery
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from programs.design.models import Program
from programs.participants import operations
from programs.participants.models import Participant
from programs.participants.selectors import overdue
from programs.web.context import OpenProgram, head, open_program

MOST_DAYS = 30


class ResumeForm(forms.Form):
    """What becomes of what fell due during the pause."""

    how = forms.ChoiceField(
        label="Overdue emails",
        widget=forms.RadioSelect,
        choices=[("send", "Send now"), ("skip", "Skip: don’t send them"), ("spread", "Spread over several days")],
        error_messages={"required": "Choose what happens to overdue emails.", "invalid_choice": "Choose one of these."},
    )
    days = forms.IntegerField(
        label="Days to spread over",
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
        error_messages={
            "invalid": "Enter a whole number of days.",
            "min_value": "Enter 1 day or more.",
            "max_value": f"Enter at most {MOST_DAYS} days.",
        },
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("how") == "spread" and given.get("days") is None and "days" not in self.errors:
            self.add_error("days", "Enter over how many days to spread them.")
        return given


@require_http_methods(["GET", "POST"])
@needs(Permission.RUN_PROGRAMS)
def program_pause(request: SignedInRequest, program_id: int) -> HttpResponse:
    seen = open_program(request, program_id)
    if request.method == "GET":
        return _dialog(request, seen, "pause", **_at_stake(seen.program))
    try:
        held = operations.pause(program=seen.program, now=clock.now())
    except operations.NotRunnable as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{seen.program.name} is paused. {_emails(held)} on hold.")
    return redirect("programs:program", seen.program.pk)


@require_http_methods(["GET", "POST"])
@needs(Permission.RUN_PROGRAMS)
def program_resume(request: SignedInRequest, program_id: int) -> HttpResponse:
    """Show what would leave, and let whoever resumes say how."""
    seen, now = open_program(request, program_id), clock.now()
    late = overdue(seen.program, now=now)
    if request.method == "GET":
        return _resume_dialog(request, seen, late, ResumeForm(initial={"how": "send", "days": 3}))
    form = ResumeForm(request.POST if late.number else {"how": "send"})
    if not form.is_valid():
        return _resume_dialog(request, seen, late, form, status=422)
    how, days = form.cleaned_data["how"], form.cleaned_data.get("days") or 1
    try:
        operations.resume(program=seen.program, how=how, days=days, now=now)
    except operations.NotRunnable as refusal:
        messages.error(request, str(refusal))
    else:
        fate = {
            "send": "Overdue emails are sent now.",
            "skip": "Overdue emails are skipped.",
            "spread": f"Overdue emails are spread over {days} day{'' if days == 1 else 's'}.",
        }[how]
        messages.success(request, f"{seen.program.name} is running again. {fate if late.number else ''}".strip())
    return redirect("programs:program", seen.program.pk)


@require_http_methods(["GET", "POST"])
@needs(Permission.RUN_PROGRAMS)
def program_stop(request: SignedInRequest, program_id: int) -> HttpResponse:
    seen = open_program(request, program_id)
    if request.method == "GET":
        return _dialog(request, seen, "stop", **_at_stake(seen.program))
    try:
        canceled = operations.stop(program=seen.program, now=clock.now())
    except operations.NotRunnable as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{seen.program.name} is stopped. {_emails(canceled)} canceled.")
    return redirect("programs:program", seen.program.pk)


# Return what pausing or stopping is about: all of it, also what the viewer may not see, because all of it is moved.
def _at_stake(program: Program) -> Mapping[str, int]:
    unsent = Delivery.objects.filter(mailing__program_ref=program.pk, state__in=["planned", "held"])
    return {"inside": Participant.objects.filter(program=program).inside().count(), "unsent": unsent.count()}


def _resume_dialog(
    request: SignedInRequest, seen: OpenProgram, late: Any, form: ResumeForm, *, status: int = 200
) -> HttpResponse:
    age = max((clock.now() - late.oldest_due_at).days, 0) if late.oldest_due_at else 0
    inside = Participant.objects.filter(program=seen.program).inside().count()
    response = _dialog(request, seen, "resume", late=late, age=age, form=form, inside=inside)
    response.status_code = status
    return response


def _dialog(request: SignedInRequest, seen: OpenProgram, action: str, **found: Any) -> HttpResponse:
    context = {**head(seen), "action": action, **found}
    return render_page(request, "programs/program_move.html", context, partial="dialog")


def _emails(number: int) -> str:
    return "1 scheduled email" if number == 1 else f"{number:,} scheduled emails"
