"""The list of programs, and the two things one does to a running one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.common.paging import paged
from programs.design import operations
from programs.design.models import Category, Program, Status
from programs.design.selectors import documents
from programs.results.selectors import Summary, summaries
from programs.web.context import head, open_program, when

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


@require_http_methods(["GET", "POST"])
@needs(Permission.RUN_PROGRAMS)
def program_pause(request: SignedInRequest, program_id: int) -> HttpResponse:
    """Ask, then send nothing more until somebody resumes it."""
    return _move(request, program_id, operations.pause, "{} is paused. Nothing more is sent until it is resumed.")


@require_http_methods(["GET", "POST"])
@needs(Permission.RUN_PROGRAMS)
def program_resume(request: SignedInRequest, program_id: int) -> HttpResponse:
    return _move(request, program_id, operations.resume, "{} goes on where it stopped.")


def _move(request: SignedInRequest, program_id: int, move: Callable[..., None], said: str) -> HttpResponse:
    seen = open_program(request, program_id)
    if request.method == "GET":
        (row,) = summaries([seen.program], viewer=request.user, now=clock.now())
        context = {**head(seen), "inside": row.inside, "resumes": move is operations.resume}
        return render_page(request, "programs/program_move.html", context, partial="dialog")
    try:
        move(program=seen.program, now=clock.now())
    except operations.NotRunnable as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said.format(seen.program.name))
    return redirect("programs:program", seen.program.pk)
