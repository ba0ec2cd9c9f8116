"""Shells: each loads what time it is and calls one operation. Every one may run twice and be killed anywhere."""

from __future__ import annotations

import redis
from celery import shared_task
from django.conf import settings

from contacts.delivery import operations as delivery
from contacts.engagement.operations import stream, verdicts, webhooks
from contacts.recipients.operations import reach
from cs_platform.common import clock


@shared_task
def send_due() -> None:
    delivery.send_all_due(is_simulated=clock.is_simulated(), clock=clock.now)


@shared_task
def send_release_expired() -> None:
    delivery.release_expired()


@shared_task
def ingest_hits() -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    stream.ingest_all(redis=client, moved=clock.moved(), now=clock.now())


@shared_task
def process_webhook_events() -> None:
    webhooks.process_webhook_events(now=clock.now())


@shared_task
def delete_old_webhook_events() -> None:
    webhooks.delete_old_webhook_events(now=clock.now())


@shared_task
def judge_hits() -> None:
    verdicts.judge_all_hits(now=clock.now())


@shared_task
def refresh_stale_reach() -> None:
    reach.refresh_stale()


@shared_task
def refresh_all_reach() -> None:
    reach.mend_hashes()
    reach.refresh_all()
