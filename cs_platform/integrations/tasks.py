"""Shells: each calls one operation. Every one may run twice and be killed anywhere."""

from __future__ import annotations

from celery import shared_task

from cs_platform.common import clock
from cs_platform.integrations.imports.models import ImportRun
from cs_platform.integrations.imports.operations import attempts, running, starting


# A file of 500 MB takes longer than CELERY_TASK_TIME_LIMIT.
@shared_task(time_limit=6 * 3600)
def take_file_in(*, run_id: int) -> None:
    running.run_import(run=ImportRun.objects.get(pk=run_id), now=clock.now(), today=clock.today())


@shared_task
def take_up_left_behind() -> None:
    for run_id in attempts.left_behind(now=clock.now()):
        take_file_in.delay(run_id=run_id)


@shared_task
def forget_old_files() -> None:
    starting.forget_old_files(now=clock.now())
