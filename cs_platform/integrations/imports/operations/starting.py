"""Start imports and previews, and keep their files as long as somebody may want to run them again."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import deque
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from accounts.team.models import User
from cs_platform.integrations.imports.models import ImportRun, Kind, State
from cs_platform.integrations.imports.rules.files import UnreadableFile, records

FOLDER = "imports"
LARGEST_FILE = 500 * 1024 * 1024
KEPT = dt.timedelta(days=30)
LOOKED_AT = 6  # rows that are read before a file is kept: its heading and those that are shown


class TooLarge(ValueError):
    """The file is larger than what one import takes."""


class AlreadyBegun(Exception):
    """The run was begun before; what its columns are is settled."""


class AlreadyTakenIn(Exception):
    """The file of the trial was taken in before, or is going to be: in `run`."""

    def __init__(self, run: ImportRun) -> None:
        super().__init__(str(run))
        self.run = run


def start_run(
    *,
    kind: Kind,
    file_name: str,
    now: dt.datetime,
    file: BinaryIO | None = None,
    mapping: Mapping[str, str | None] | None = None,
    system: str = "import",
    is_dry_run: bool = False,
    by: User | None = None,
) -> ImportRun:
    """
    Keep an uploaded file and queue its run; without `file` the caller has it and passes it to run_import.

    `mapping` names the column heading of a field, or None for a field that is not to be read. What `by` may not see
    is refused row by row; None is the house itself.

    :raises TooLarge: when the file has more than 500 MB.
    """
    return ImportRun.objects.create(
        kind=kind,
        file_name=file_name[:200],
        stored=_kept(file) if file else "",
        mapping=dict(mapping or {}),
        system=system,
        is_dry_run=is_dry_run,
        by=by,
        requested_at=now,
    )


def prepare_run(
    *, kind: Kind, file_name: str, file: BinaryIO, now: dt.datetime, by: User, system: str = "import"
) -> ImportRun:
    """
    Keep an uploaded file until somebody has said which column is what; it will be tried out first.

    :raises TooLarge: when the file has more than 500 MB.
    :raises UnreadableFile: when its heading or its first rows cannot be read; nothing is kept then.
    """
    stored = _kept(file)
    path = Path(settings.MEDIA_ROOT) / stored
    try:
        with path.open("rb") as kept:
            deque(islice(records(kept), LOOKED_AT), maxlen=0)
    except UnreadableFile:
        path.unlink()
        raise
    return ImportRun.objects.create(
        kind=kind,
        file_name=file_name[:200],
        stored=stored,
        system=system,
        is_dry_run=True,
        state=State.DRAFT,
        by=by,
        requested_at=now,
    )


def begin_run(*, run: ImportRun, mapping: Mapping[str, str | None], is_dry_run: bool, now: dt.datetime) -> None:
    """
    Queue a prepared run with its columns settled.

    :raises AlreadyBegun: if somebody was faster.
    """
    prepared = ImportRun.objects.filter(pk=run.pk, state=State.DRAFT)
    if not prepared.update(state=State.QUEUED, mapping=dict(mapping), is_dry_run=is_dry_run, requested_at=now):
        raise AlreadyBegun


def prepare_again(*, run: ImportRun, by: User, now: dt.datetime) -> ImportRun:
    """Let the columns of a file be settled anew, beginning with those of its run."""
    return ImportRun.objects.create(
        kind=run.kind,
        file_name=run.file_name,
        stored=run.stored,
        mapping=run.mapping,
        system=run.system,
        is_dry_run=True,
        state=State.DRAFT,
        by=by,
        requested_at=now,
    )


@transaction.atomic
def repeat_for_real(*, run: ImportRun, by: User, now: dt.datetime) -> ImportRun:
    """
    Queue the real run of a file that was tried out, once, however many people ask at the same moment.

    :raises AlreadyTakenIn: naming the run of whoever was first.
    """
    ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.stored and (known := run.real_run):
        raise AlreadyTakenIn(known)
    return ImportRun.objects.create(
        kind=run.kind,
        file_name=run.file_name,
        stored=run.stored,
        mapping=run.mapping,
        system=run.system,
        by=by,
        requested_at=now,
    )


def _kept(file: BinaryIO) -> str:
    stored = f"{FOLDER}/{uuid4().hex}.csv"
    path = Path(settings.MEDIA_ROOT) / stored
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        shutil.copyfileobj(file, kept)
        size = kept.tell()
    if size > LARGEST_FILE:
        path.unlink()
        raise TooLarge(f"The file is {size / 1024 / 1024:.0f} MB; the limit is {LARGEST_FILE // 1024 // 1024} MB.")
    return stored


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
