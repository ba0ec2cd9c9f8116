"""The page of one program: what it is, what it did, and its emails and versions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from accounts.audit.selectors import changes_of, lines_of
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.delivery.selectors import held_mail
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx, render_page
from programs.design.models import Version
from programs.design.rules import changes, from_json
from programs.design.selectors import anchor, is_about_account, is_mature, texts_about_accounts, versions_of
from programs.participants.models import State
from programs.participants.rules import reason_in_words
from programs.participants.selectors import accounts_shut_out, flow, group_counts, left_at_steps
from programs.results.rules import Counts, Finding, StepCounts, findings
from programs.results.selectors import ReasonCount, StepResult, earlier_results, leavers, step_results
from programs.web import figures
from programs.web.context import LABELS, OpenProgram, Period, head, in_words, open_program, period_of
from programs.web.journey import journey_map
from programs.web.participants import participants_card
from programs.web.surveys import survey_results

ROWS_ON_OVERVIEW = 8
REASON_TONES = ("s3", "s1", "s4", "s5", "s2", "s6")


@require_GET
@needs(Permission.VIEW)
def program(request: SignedInRequest, program_id: int) -> HttpResponse:
    """The overview; without a version there is nothing to show yet but what the program is for."""
    seen = open_program(request, program_id)
    context = head(seen)
    if seen.document is None:
        return render_page(request, "programs/program_draft.html", context)
    context |= participants_card(request, seen, size=ROWS_ON_OVERVIEW)
    # The page has two parts that htmx asks for: the list of participants, and all that a period is about.
    is_list = request.headers.get("HX-Target", "").endswith("#results")
    if not (is_list and is_htmx(request)):
        inside = {group: number for group, _, number in context["groups"]}["inside"]
        context |= _overview(request, seen, _period(request, seen), inside)
    response = render_page(request, "programs/program.html", context, partial="participants" if is_list else "overview")
    patch_vary_headers(response, ["HX-Target"])
    return response


def _period(request: SignedInRequest, seen: OpenProgram) -> Period:
    launched = seen.program.first_published_at
    return period_of(request.GET.get("period", ""), launched_at=launched, now=clock.now())


# Return what changes while one looks: figures, funnel and journey.
def _live(request: SignedInRequest, seen: OpenProgram, period: Period, inside: int | None = None) -> Live:
    assert seen.document is not None
    result = figures.result_of(seen.program, period, viewer=request.user, inside=inside)
    span: dict[str, Any] = {"viewer": request.user, "since": period.since, "until": period.until}
    results = step_results(seen.program, seen.document, **span)
    left = left_at_steps(seen.program, **span)
    versions = versions_of(seen.program)
    alike = _alike(seen, versions)
    comings = flow(seen.program, **span, version_ids=alike)
    address = reverse("programs:program-emails", args=[seen.program.pk])
    steps, lines = journey_map(results, flow=comings, left=left, words=in_words, address=address)
    shown = {
        "period": period,
        "result": result,
        "figures": figures.key_figures(result),
        "funnel": figures.funnel(result.now),
        "journey_note": "line width shows the number of people"
        + ("; current version only" if len(alike) < len(versions) else ""),
        "steps": steps,
        "lines": lines,
    }
    return Live(shown, result, results, left, versions)


@dataclass(frozen=True, slots=True)
class Live:
    """What the page shows of it, and what the rest of the page is made from."""

    shown: dict[str, Any]
    result: figures.Result
    steps: list[StepResult]
    left: dict[str, int]
    versions: list[Version]


def _overview(request: SignedInRequest, seen: OpenProgram, period: Period, inside: int) -> dict[str, Any]:
    live = _live(request, seen, period, inside)
    reasons = leavers(seen.program, viewer=request.user)
    counts = _counts(live.steps, live.left, reasons)
    if any(reason.state == State.REJECTED for reason in reasons):
        counts = replace(counts, not_entered=accounts_shut_out(seen.program, viewer=request.user))
    return {
        **live.shown,
        "periods": LABELS.items(),
        "held": held_mail(seen.program.pk, viewer=request.user),
        "is_mature": is_mature(seen.program, now=clock.now()),
        "responses": figures.responses(live.result, live.versions),
        "left": _shares([r for r in reasons if r.state != State.REJECTED]),
        "shut_out": _shares([r for r in reasons if r.state == State.REJECTED]),
        "findings": [_leading(finding, seen) for finding in findings(counts)],
        "surveys": survey_results(seen, period, viewer=request.user),
    }


# Return the versions that share a step with the newest; a monthly issue shares none with last month's.
def _alike(seen: OpenProgram, versions: list[Version]) -> list[int]:
    assert seen.document is not None
    keys = {step.key for step in seen.document.steps}
    return [v.pk for v in versions if keys & {step.key for step in from_json(v.document).steps}]


# Return why people left (or did not enter), with the colours of the bar above; the rest in one part.
def _shares(reasons: list[ReasonCount]) -> dict[str, Any]:
    first, rest = reasons[: len(REASON_TONES)], reasons[len(REASON_TONES) :]
    rows = [
        (reason_in_words(reason.reason).rstrip("."), reason.number, tone, reason.reason)
        for reason, tone in zip(first, REASON_TONES, strict=False)
    ]
    if rest:
        rows.append(("Other reasons", sum(reason.number for reason in rest), "bad", ""))
    return {
        "total": sum(reason.number for reason in reasons),
        "rows": rows,
        "parts": [(number, tone) for _, number, tone, _ in rows],
    }


def _counts(results: list[StepResult], left: dict[str, int], reasons: list[ReasonCount]) -> Counts:
    shut_out = [reason for reason in reasons if reason.state == State.REJECTED]
    return Counts(
        steps=[
            StepCounts(
                key=result.step.key,
                title=result.step.title,
                sent=result.engagement.sent,
                delivered=result.engagement.delivered,
                clicked=result.engagement.clicked.uniques,
                bounced=result.engagement.bounced,
                unsubscribed=result.engagement.unsubscribed,
                left=left.get(result.step.key, 0),
            )
            for result in results
        ],
        uncertain=sum(result.uncertain for result in results),
        refused=sum(result.refused for result in results),
        errored=sum(reason.number for reason in reasons if reason.state == State.ERRORED),
        not_entered=0,
        commonest_reason=reason_in_words(shut_out[0].reason) if shut_out else "",
    )


# Return a finding with its sign and where it leads.
def _leading(finding: Finding, seen: OpenProgram) -> dict[str, Any]:
    number = seen.program.pk
    outbox, people = reverse("contacts:outbox"), reverse("programs:program-participants", args=[number])
    emails = reverse("programs:program-emails", args=[number])
    icon, url, words = {
        "uncertain": ("circle-question-mark", f"{outbox}?program={number}&state=uncertain", "View messages"),
        "refused": ("ban", f"{outbox}?program={number}&state=refused", "View messages"),
        "bounces": ("undo-2", f"{emails}#step-{finding.key}", "View email"),
        "stuck": ("octagon-x", f"{people}?group=left", "View participants"),
        "not_entered": ("user-x", f"{people}?group=rejected", "View accounts"),
        "step": ("trending-down", f"{emails}#step-{finding.key}", "View email"),
    }[finding.kind]
    return {"finding": finding, "icon": icon, "url": url, "words": words}


@require_GET
@needs(Permission.VIEW)
def program_figures(request: SignedInRequest, program_id: int) -> HttpResponse:
    """The key figures, the funnel and the journey again, for the page that is being looked at."""
    seen = open_program(request, program_id)
    if seen.document is None:
        raise Http404
    context = {"program": seen.program, **_live(request, seen, _period(request, seen)).shown}
    return render_page(request, "programs/_live.html", context)


@require_GET
@needs(Permission.VIEW)
def program_emails(request: SignedInRequest, program_id: int) -> HttpResponse:
    seen = open_program(request, program_id)
    period = _period(request, seen)
    context: dict[str, Any] = {
        **head(seen),
        "total": group_counts(seen.program, viewer=request.user)[""],
        "period": period,
        "periods": LABELS.items(),
    }
    if seen.document is not None:
        span: dict[str, Any] = {"viewer": request.user, "since": period.since, "until": period.until}
        results = step_results(seen.program, seen.document, **span)
        about = texts_about_accounts({step.template_version for step in seen.document.steps})
        is_shared = anchor(seen.document.trigger.anchor).is_shared
        context["rows"] = [
            (
                result,
                in_words(result.step.only_if) if result.step.only_if else "",
                result.step.kind == "survey" or (not is_shared and is_about_account(result.step, seen.document, about)),
            )
            for result in results
        ]
        context["earlier"] = earlier_results(seen.program, seen.document, **span)
        context["whole"] = figures.result_of(seen.program, period, viewer=request.user).now
    return render_page(request, "programs/program_emails.html", context)


@require_GET
@needs(Permission.VIEW)
def program_versions(request: SignedInRequest, program_id: int) -> HttpResponse:
    seen = open_program(request, program_id)
    versions = versions_of(seen.program)
    texts = [from_json(version.document) for version in versions]
    rows = [
        (version, text, changes(texts[at + 1], text) if at + 1 < len(texts) else [])
        for at, (version, text) in enumerate(zip(versions, texts, strict=True))
    ]
    moves = [
        (line, field)
        for line in lines_of(changes_of(table="programs_program", row_id=seen.program.pk)[:50])
        for field in line.fields
        if field.label == "Status"
    ]
    total = group_counts(seen.program, viewer=request.user)[""]
    context = {**head(seen), "total": total, "rows": rows, "moves": moves}
    return render_page(request, "programs/program_versions.html", context)
