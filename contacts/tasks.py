"""Shells: each loads what time it is and calls one operation. Every one may run twice and be killed anywhere."""

from __future__ import annotations

import redis
from celery import shared_task
from django.conf import settings

from contacts.delivery import operations as delivery
from contacts.engagement import operations as engagement
from cs_platform.common import clock


@shared_task
def send_due() -> None:
    delivery.send_all_due(is_simulated=clock.is_simulated(), clock=clock.now)


@shared_task
def send_release_expired() -> None:
    delivery.release_expired(now=clock.now())


@shared_task
def ingest_hits() -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    engagement.ingest_all(redis=client, moved=clock.moved(), now=clock.now())


@shared_task
def take_in_receipts() -> None:
    engagement.take_in_receipts(now=clock.now())


@shared_task
def forget_old_receipts() -> None:
    engagement.forget_old_receipts(now=clock.now())


@shared_task
def settle_hits() -> None:
    engagement.settle_all(now=clock.now())
