"""Shells: what beat asks for, one operation each."""

from __future__ import annotations

from celery import shared_task

from cs_platform.common import clock
from metrics.facts import operations as facts
from metrics.value import operations as value


@shared_task
def note_first_values() -> None:
    value.note_first_values(now=clock.now())


@shared_task
def refresh_figures() -> None:
    facts.bring_up_to_date(through=clock.today())


@shared_task
def tidy_figures() -> None:
    facts.tidy()
