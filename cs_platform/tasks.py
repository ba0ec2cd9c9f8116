"""Shells of the house itself."""

from __future__ import annotations

from celery import shared_task

from cs_platform import signs_of_life
from cs_platform.common import clock, outbox, partitions


@shared_task
def drain_outbox() -> None:
    outbox.drain()


@shared_task
def forget_done_outbox() -> None:
    outbox.forget_done()


@shared_task
def make_partitions() -> None:
    partitions.ensure_ahead(today=clock.today())


@shared_task
def leave_sign_of_life(queue: str) -> None:
    signs_of_life.leave([queue, signs_of_life.BEAT])
