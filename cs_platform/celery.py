"""The Celery app. Queues and routes live in settings; the timetable in schedule.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_ready

from cs_platform import signs_of_life
from cs_platform.schedule import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings")

app = Celery("keel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = TIMETABLE


@worker_ready.connect
def worker_is_there(sender: Any, **_: Any) -> None:
    signs_of_life.leave(sender.app.amqp.queues.consume_from)


@beat_init.connect
def beat_is_there(**_: Any) -> None:
    signs_of_life.leave([signs_of_life.BEAT])
