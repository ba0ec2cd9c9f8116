"""Uploaded files are kept as long as somebody may want to take them in again, and no longer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings

from cs_platform.integrations.imports.models import ImportRun
from cs_platform.integrations.imports.operations.starting import FOLDER

KEPT = dt.timedelta(days=30)


def forget_old_files(*, now: dt.datetime) -> int:
    """
    Delete the files that no run of the last thirty days was about, and return how many there were.

    Runs and their problems stay; what has no file any more offers no repetition. A file without a run, left by an
    upload that broke off, goes as well once it is that old.
    """
    wanted = set(ImportRun.objects.filter(requested_at__gte=now - KEPT).values_list("stored", flat=True))
    folder = Path(settings.MEDIA_ROOT) / FOLDER
    files = {f"{FOLDER}/{path.name}": path for path in folder.glob("*.csv")} if folder.exists() else {}
    known = set(ImportRun.objects.exclude(stored="").values_list("stored", flat=True))
    old = [name for name, path in files.items() if name not in wanted and (name in known or _is_old(path, now))]
    for name in old:
        files[name].unlink(missing_ok=True)
    ImportRun.objects.filter(stored__in=old).update(stored="")
    return len(old)


def _is_old(path: Path, now: dt.datetime) -> bool:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC) < now - KEPT
