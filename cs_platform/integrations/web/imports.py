"""Imports: upload a file, map its columns, preview it, import it."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import Column, keyset_page
from cs_platform.common.spreadsheets import csv_response
from cs_platform.integrations.imports import selectors
from cs_platform.integrations.imports.models import ImportRun, Kind, State
from cs_platform.integrations.imports.operations import starting
from cs_platform.integrations.imports.rules.files import UnreadableFile
from cs_platform.integrations.tasks import take_file_in
from cs_platform.integrations.web.forms import REAL, ColumnsForm, UploadForm

PROBLEMS_PER_PAGE = 50
NEWEST_FIRST = (Column("requested_at", is_descending=True), Column("id", is_descending=True))
BY_LINE = (Column("line"), Column("id"))


@require_GET
@needs(Permission.IMPORT)
def import_list(request: SignedInRequest) -> HttpResponse:
    page = keyset_page(request, selectors.runs(request.user), order=NEWEST_FIRST)
    return render_page(request, "imports/import_list.html", {"page": page}, partial="rows")


@require_http_methods(["GET", "POST"])
@needs(Permission.IMPORT)
def import_new(request: SignedInRequest) -> HttpResponse:
    if request.method == "GET":
        kind = request.GET.get("kind", "")
        return _upload_page(request, UploadForm(initial={"kind": kind if kind in Kind.values else Kind.ACCOUNTS}))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form)
    file = form.cleaned_data["file"]
    try:
        run = starting.prepare_run(
            kind=Kind(form.cleaned_data["kind"]),
            system=form.cleaned_data["system"],
            file=file,
            file_name=file.name,
            by=request.user,
            now=clock.now(),
        )
    except (starting.TooLarge, UnreadableFile) as error:
        form.add_error("file", str(error))
        return _upload_page(request, form)
    return redirect("imports:import", run.pk)


@require_GET
@needs(Permission.IMPORT)
def import_page(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = _seen(request, run_id)
    if run.state == State.DRAFT:
        return _columns_page(request, run)
    problems = selectors.problems_of(run) if run.is_over else selectors.problems_of(run).none()
    context = {
        "run": run,
        "problems": keyset_page(request, problems, order=BY_LINE, size=PROBLEMS_PER_PAGE),
        "real_run": run.real_run if run.is_dry_run and run.is_over else None,
    }
    return render_page(request, "imports/import.html", context, partial="run")


@require_POST
@needs(Permission.IMPORT)
def import_begin(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Save the mapping and start: a preview unless the user chose to import now."""
    run = _seen(request, run_id)
    if run.state != State.DRAFT:
        return redirect("imports:import", run.pk)
    try:
        form = ColumnsForm(selectors.columns_of(run.kind), selectors.look_at(run).heading, request.POST)
    except (UnreadableFile, OSError):
        return redirect("imports:import", run.pk)
    if not form.is_valid():
        return _columns_page(request, run, form)
    is_dry_run = request.POST.get("how") != REAL
    try:
        starting.begin_run(run=run, mapping=form.mapping(), is_dry_run=is_dry_run, now=clock.now())
    except starting.AlreadyBegun:
        return redirect("imports:import", run.pk)
    _hand_over(run)
    return redirect("imports:import", run.pk)


@require_POST
@needs(Permission.IMPORT)
def import_for_real(request: SignedInRequest, run_id: int) -> HttpResponse:
    """Import the file of a preview; pressing the button twice imports it once."""
    trial = _seen(request, run_id)
    try:
        run = starting.repeat_for_real(run=trial, by=request.user, now=clock.now())
    except starting.AlreadyTakenIn as known:
        return redirect("imports:import", known.run.pk)
    _hand_over(run)
    return redirect("imports:import", run.pk)


@require_POST
@needs(Permission.IMPORT)
def import_again(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = starting.prepare_again(run=_seen(request, run_id), by=request.user, now=clock.now())
    return redirect("imports:import", run.pk)


@require_GET
@needs(Permission.IMPORT)
def import_problems(request: SignedInRequest, run_id: int) -> HttpResponseBase:
    run = _seen(request, run_id)
    return csv_response(f"problems-{run.pk}.csv", selectors.HEADING, selectors.problem_rows(run))


def _hand_over(run: ImportRun) -> None:
    # While the broker is away the run waits: the timetable hands it over.
    transaction.on_commit(partial(take_file_in.delay, run_id=run.pk), robust=True)


def _seen(request: SignedInRequest, run_id: int) -> ImportRun:
    return get_object_or_404(selectors.runs(request.user), pk=run_id)


def _upload_page(request: SignedInRequest, form: UploadForm) -> HttpResponse:
    return render_page(request, "imports/import_new.html", {"form": form}, status=422 if form.errors else 200)


def _columns_page(request: SignedInRequest, run: ImportRun, form: ColumnsForm | None = None) -> HttpResponse:
    try:
        look = selectors.look_at(run)
    except (UnreadableFile, OSError):
        # It was readable when it was uploaded.
        context = {"run": run, "error": "The file has changed or is no longer available. Upload it again."}
        return render_page(request, "imports/columns.html", context)
    columns = selectors.columns_of(run.kind)
    shown = form or ColumnsForm(columns, look.heading, settled=run.mapping)
    context = {"run": run, "look": look, "form": shown}
    return render_page(request, "imports/columns.html", context, status=422 if shown.errors else 200)
