"""The list of programs."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.common.paging import paged
from programs.design.models import Category, Program, Status
from programs.design.selectors import documents
from programs.results.selectors import Summary, summaries
from programs.web.context import when

# In the order in which one looks for them.
STATUSES = (Status.ACTIVE, Status.PAUSED, Status.SCHEDULED, Status.DRAFT, Status.STOPPED)
SORTS: dict[str, Callable[[Summary], float | str]] = {
    "name": lambda row: row.program.name.lower(),
    "inside": lambda row: row.inside,
    "entered": lambda row: row.participants,
    "sent": lambda row: row.engagement.sent,
    "opened": lambda row: _share(row.engagement.opened.uniques, row.engagement.delivered),
    "clicked": lambda row: _share(row.engagement.clicked.uniques, row.engagement.delivered),
}


@require_GET
@needs(Permission.VIEW)
def program_list(request: SignedInRequest) -> HttpResponse:
    found = list(_asked_for(request))
    rows = _sorted(summaries(found, viewer=request.user, now=clock.now()), request.GET.get("sort", ""))
    page = paged(request, rows)
    texts = documents({row.version.pk for row in page if row.version})
    context = {
        "page": page,
        "rows": [(row, when(texts[row.version.pk]) if row.version else "") for row in page],
        "statuses": [(status.value, status.label) for status in STATUSES],
        "categories": Category.choices,
        "is_narrowed": bool(
            {"q", "status", "category", "owner"} & {key for key, value in request.GET.items() if value}
        ),
    }
    return render_page(request, "programs/program_list.html", context, partial="rows")


def _asked_for(request: SignedInRequest) -> list[Program]:
    given = request.GET
    found = Program.objects.for_viewer(request.user).select_related("owner")
    if given.get("status") in Status.values:
        found = found.filter(status=given["status"])
    if given.get("category") in Category.values:
        found = found.filter(category=given["category"])
    if given.get("owner") == "me":
        found = found.filter(owner=request.user)
    if words := given.get("q", "").strip()[:100]:
        found = found.filter(name__icontains=words)
    return sorted(found, key=lambda program: (STATUSES.index(Status(program.status)), program.name.lower()))


def _sorted(rows: list[Summary], asked: str) -> list[Summary]:
    key = SORTS.get(asked.removeprefix("-"))
    return sorted(rows, key=key, reverse=asked.startswith("-")) if key else rows


def _share(part: int, whole: int) -> float:
    return part / whole if whole else -1.0
