"""Ask for a file to be taken in, or tried out."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from django.conf import settings

from accounts.team.models import User
from cs_platform.integrations.imports.models import ImportRun, Kind

FOLDER = "imports"
LARGEST_FILE = 500 * 1024 * 1024


class TooLarge(ValueError):
    """The file is larger than what one import takes."""


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


def repeat_for_real(*, run: ImportRun, by: User, now: dt.datetime) -> ImportRun:
    """Queue the real run of a file that was tried out."""
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
        raise TooLarge(f"The file has {size / 1024 / 1024:.0f} MB; {LARGEST_FILE // 1024 // 1024} MB at most.")
    return stored
