"""Shells: each loads what time it is and calls one operation. Every one may run twice and be killed anywhere."""

from __future__ import annotations

from celery import shared_task

from cs_platform.common import clock
from programs.participants import operations as participants


@shared_task
def enroll_all() -> None:
    participants.enroll_all(now=clock.now())


@shared_task
def advance_all() -> None:
    participants.advance_all(now=clock.now())
