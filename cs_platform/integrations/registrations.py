"""What files taken in tell the rooms below: a line on Home for whoever may import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from accounts.team.models import Permission, User
from cs_platform.integrations.imports.models import ImportRun, State
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
        what = f"{taken:,} rows of {run.file_name} taken in" if run.state == State.DONE else f"{run.file_name} failed"
        refused = f", {run.refused:,} refused" if run.refused else ""
        assert run.finished_at is not None
        yield News(
            run.finished_at, "file-up", f"{what}{refused}", run.by.name if run.by else "", "imports:import", run.pk
        )


register_news(imports)
