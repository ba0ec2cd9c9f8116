"""The roof: wires the apps together and exposes the Celery app."""

from cs_platform.celery import app as celery_app

__all__ = ["celery_app"]
