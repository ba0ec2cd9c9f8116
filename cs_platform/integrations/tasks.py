"""Shells: a file that was uploaded, one operation."""

from __future__ import annotations

from celery import shared_task

from cs_platform.common import clock
from cs_platform.integrations.imports.models import ImportRun
from cs_platform.integrations.imports.operations import run_import


@shared_task
def take_file_in(*, run_id: int) -> None:
    run_import(run=ImportRun.objects.get(pk=run_id), now=clock.now(), today=clock.today())
