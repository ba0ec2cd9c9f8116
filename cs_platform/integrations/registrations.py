"""What imports tell the rooms below: a line on Home for whoever may import, and runs that need attention."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from django.db import transaction
from django.urls import reverse

from accounts.team.models import Permission, User
from cs_platform.common import clock, dead_letters
from cs_platform.integrations.imports.models import ImportRun, State
from cs_platform.integrations.imports.operations.attempts import GIVEN_UP, start_over
from cs_platform.integrations.tasks import take_file_in
from metrics.reports.selectors.news import News, register_news

MOST = 10


def imports(viewer: User, *, since: dt.datetime, until: dt.datetime) -> Iterable[News]:
    if not viewer.may(Permission.IMPORT):
        return
    over = ImportRun.objects.filter(
        state__in=(State.DONE, State.FAILED), is_dry_run=False, finished_at__gt=since, finished_at__lte=until
    )
    for run in over.select_related("by").order_by("-finished_at")[:MOST]:
        taken = run.created + run.changed
        what = (
            f"Imported {taken:,} rows from {run.file_name}"
            if run.state == State.DONE
            else f"Import of {run.file_name} failed"
        )
        refused = f", {run.refused:,} refused" if run.refused else ""
        assert run.finished_at is not None
        yield News(
            run.finished_at, "file-up", f"{what}{refused}", run.by.name if run.by else "", "imports:import", run.pk
        )


register_news(imports)


def _retry(run_ids: Sequence[str]) -> None:
    queued = start_over(run_ids=[int(run_id) for run_id in run_ids], now=clock.now())
    for run_id in queued:
        transaction.on_commit(partial(take_file_in.delay, run_id=run_id), robust=True)


def _link(run_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    names = ImportRun.objects.filter(pk__in=run_ids).values_list("pk", "file_name")
    return {str(run_id): (name, reverse("imports:import", args=[run_id])) for run_id, name in names}


dead_letters.register_kind(GIVEN_UP, "Import", retry=_retry, link=_link)
