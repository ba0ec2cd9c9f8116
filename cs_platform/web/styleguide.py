"""Every piece of the kit on one page, so that it can be looked at, and tested, in one place. Demo only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.web import samples


class SampleForm(forms.Form):
    name = forms.CharField(help_text="As the customer writes it.")
    segment = forms.ChoiceField(choices=[("scale", "Scale"), ("tech", "Tech Touch")])
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    seats = forms.IntegerField(min_value=1)
    file = forms.FileField(required=False)
    is_restricted = forms.BooleanField(label="Restricted", required=False, help_text="Nobody writes to its people.")
    roles = forms.MultipleChoiceField(
        choices=[("admin", "GitLab Admin"), ("sponsor", "Executive Sponsor")], widget=forms.CheckboxSelectMultiple
    )
    tone = forms.ChoiceField(choices=[("calm", "Calm"), ("quick", "Quick")], widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].widget.hints = {"admin": "First recipient of onboarding, newsletters, NPS and CSAT"}


@require_GET
def dialog(request: HttpRequest) -> HttpResponse:
    """Answer with what a dialog holds; `?drawer=1` lays it along the right edge."""
    if not settings.DEMO:
        raise Http404
    return render(request, "styleguide/_dialog.html", {"form": SampleForm(), "is_drawer": "drawer" in request.GET})


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise Http404
    now = clock.now()
    rows = [{**person, "seen_at": now - dt.timedelta(minutes=person["at"])} for person in samples.PEOPLE * 9]
    total = sum(count for _, count, _ in samples.LEAVING)
    context = {
        "figures": samples.FIGURES,
        "funnel": samples.FUNNEL,
        "responses": samples.responses(now.date()),
        "revenue": samples.revenue(),
        "steps": samples.STEPS,
        "lines": samples.LINES,
        "page": Paginator(rows, 8).get_page(request.GET.get("page")),
        "leaving": samples.LEAVING,
        "leaving_total": total,
        "leaving_parts": [(count, tone) for _, count, tone in samples.LEAVING],
        "cohorts": samples.COHORTS,
        "shares": samples.SHARES,
        "columns": samples.REVENUE,
        "form": SampleForm({"name": "", "seats": "0", "tone": "calm", "roles": ["admin"], "segment": "scale"}),
        "today": now.date(),
        "soon": now.date() + dt.timedelta(days=74),
        "entries": [
            (
                "mail-open",
                "s1",
                "Amara Nwosu opened “Security scans in ten minutes”",
                "Onboarding, first 90 days · step 2a",
            ),
            (
                "phone",
                "s2",
                "Call logged: quarterly review prep",
                "Amara wants a rollout plan before the renewal talk.",
            ),
            ("message-square-heart", "s5", "Grace Kim answered the NPS survey: 9", "“Results in the merge request.”"),
        ],
        "now": now,
    }
    return render_page(request, "styleguide/page.html", context, partial="people")
