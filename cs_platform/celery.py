"""The Celery app. Queues and routes live in settings; the timetable in schedule.py."""

import os

from celery import Celery

from cs_platform.schedule import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cs_platform.settings")

app = Celery("keel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = TIMETABLE
