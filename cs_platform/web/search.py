"""The command palette: sections, things to make, accounts, contacts and programs, by a few letters of their names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from accounts.book.filters import AccountFilter
from accounts.team.http import SignedInRequest
from accounts.team.models import User
from contacts.content.models import TemplateVersion
from contacts.people.filters import ContactFilter
from contacts.people.models import Membership
from cs_platform import panels
from cs_platform.common import clock
from programs.design.models import Program
from programs.design.selectors import running_programs

A_KIND = 5  # hits of one kind; more are a list page's business

# What people coming from other tools call our sections.
ALSO_CALLED = {
    "Accounts": "companies customers customer360 c360",
    "Contacts": "people persons",
    "Programs": "journeys journey orchestrator jo campaigns",
    "Outbox": "emails messages",
    "Metrics": "figures overview",
    "Time to value": "ttv engage first value onboard",
    "Retention": "grr nrr renewals",
    "Churn and expansion": "loss reasons",
}


@dataclass(frozen=True)
class Hit:
    kind: str
    icon: str
    label: str
    url: str


@require_GET
def search(request: SignedInRequest) -> HttpResponse:
    words = " ".join(request.GET.get("q", "").split())
    hits = list(commands(words, panels.frame(request)["frame"]))
    if words:
        hits += found(words, viewer=request.user, today=clock.today())
    return render(request, "ui/_palette_hits.html", {"hits": hits})


def commands(words: str, frame: dict[str, Any]) -> Iterator[Hit]:
    """Return the sections and the entries of the New menu whose name, or other name, has the words in it."""
    wanted = words.lower()
    for _, links in frame["nav"]:
        for link in links:
            if wanted in f"{link['label']} {ALSO_CALLED.get(link['label'], '')}".lower():
                yield Hit("Section", link["icon"], link["label"], link["url"])
    for link in frame["new"]:
        label = f"New {link['label'].lower()}"
        if wanted and wanted in label.lower():
            yield Hit("Action", link["icon"], label, link["url"])


def found(words: str, *, viewer: User, today: dt.date) -> list[Hit]:
    """Return accounts, contacts, programs and emails the viewer may see, a few of each."""
    accounts = AccountFilter({"q": words}, viewer=viewer, today=today).qs[:A_KIND]
    contacts = ContactFilter({"q": words}, viewer=viewer, today=today).qs.select_related("person", "account")[:A_KIND]
    programs = Program.objects.for_viewer(viewer).filter(name__icontains=words).order_by("name")[:A_KIND]
    hits = [
        *(Hit("Account", "building-2", one.name, _page("accounts:account", one.pk)) for one in accounts),
        *(Hit("Contact", "user", _who(one), _page("contacts:person", one.person_id)) for one in contacts),
        *(Hit("Program", "route", one.name, _page("programs:program", one.pk)) for one in programs),
        *emails(words, viewer=viewer),
    ]
    return [hit for hit in hits if hit.url]


def emails(words: str, *, viewer: User) -> Iterator[Hit]:
    """Return the emails of active programs that have the words in their subject; one query where there is none."""
    subjects = dict(TemplateVersion.objects.filter(subject__icontains=words).values_list("pk", "subject"))
    if not subjects:
        return
    seen = set(Program.objects.for_viewer(viewer).values_list("pk", flat=True))
    steps = (
        (running.program, subjects[step.template_version])
        for running in running_programs()
        if running.program.pk in seen
        for step in running.document.steps
        if step.template_version in subjects
    )
    for program, subject in islice(steps, A_KIND):
        yield Hit("Email", "mail", f"{subject} · {program.name}", _page("programs:program-emails", program.pk))


def _who(contact: Membership) -> str:
    return f"{contact.person.display_name} · {contact.account.name}"


def _page(url_name: str, key: int) -> str:
    try:
        return reverse(url_name, args=[key])
    except NoReverseMatch:
        return ""
