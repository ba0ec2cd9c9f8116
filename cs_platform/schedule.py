"""WHEN: the beat timetable, one line a job. Intervals are seconds."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

from cs_platform.signs_of_life import QUEUES, TICK_SECONDS


def _every(task: str, seconds: float) -> dict[str, Any]:
    # A tick that nobody took within two turns is stale: the next one does the same work.
    return {"task": task, "schedule": seconds, "options": {"expires": max(2 * seconds, 5)}}


# Through each queue, so that a queue without a worker is seen (readiness.py).
def _sign_of_life(queue: str) -> dict[str, Any]:
    tick = _every("cs_platform.tasks.leave_sign_of_life", TICK_SECONDS)
    return {**tick, "args": [queue], "options": {**tick["options"], "queue": queue}}


TIMETABLE: dict[str, dict[str, Any]] = {
    "drain the outbox": _every("cs_platform.tasks.drain_outbox", 1),
    "ingest hits": _every("contacts.tasks.ingest_hits", 1.5),
    "process webhook events": _every("contacts.tasks.process_webhook_events", 5),
    "judge hits": _every("contacts.tasks.judge_hits", 10),
    "send what is due": _every("contacts.tasks.send_due", 3),
    "take back what dead workers held": _every("contacts.tasks.send_release_expired", 10),
    "enroll": _every("programs.tasks.enroll_all", 20),
    "advance": _every("programs.tasks.advance_all", 5),
    "note first values": {"task": "metrics.tasks.note_first_values", "schedule": crontab(minute="40")},
    "bring the monthly figures up to date": _every("metrics.tasks.refresh_figures", 10),
    "tidy the monthly figures": {"task": "metrics.tasks.tidy_figures", "schedule": crontab(hour="4", minute="40")},
    "delete old webhook events": {
        "task": "contacts.tasks.delete_old_webhook_events",
        "schedule": crontab(hour="3", minute="40"),
    },
    "refresh reach that time has changed": _every("contacts.tasks.refresh_stale_reach", 30),
    "resolve every account anew": {
        "task": "contacts.tasks.refresh_all_reach",
        "schedule": crontab(hour="4", minute="10"),
    },
    "forget what the outbox has done": {
        "task": "cs_platform.tasks.forget_done_outbox",
        "schedule": crontab(minute="25"),
    },
    "take up imports left behind": _every("cs_platform.integrations.tasks.take_up_left_behind", 60),
    "forget old files": {
        "task": "cs_platform.integrations.tasks.forget_old_files",
        "schedule": crontab(hour="3", minute="50"),
    },
    # A day of the organization begins at a full hour somewhere, or half past.
    "denormalise contracts": {"task": "accounts.tasks.denormalise_contracts", "schedule": crontab(minute="2,32")},
    **{f"sign of life of {queue}": _sign_of_life(queue) for queue in QUEUES},
    "make partitions": {"task": "cs_platform.tasks.make_partitions", "schedule": crontab(hour="3", minute="10")},
}
