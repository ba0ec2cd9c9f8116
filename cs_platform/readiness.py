"""Is the product alive, and is every part of it ready? For load balancers and for people who look."""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from contacts.delivery.selectors import open_breakers
from cs_platform import signs_of_life
from cs_platform.common import dead_letters


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not waiting else f"{len(waiting)} migrations pending; run manage.py migrate"


def _redis() -> str:
    redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
    return "ok"


# Without these no page is shown.
PARTS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "redis": _redis}
# Without these pages are shown and work waits: a balancer that took the pages away too would make it worse.
WORK = {**{queue: f"worker of {queue}" for queue in signs_of_life.QUEUES}, signs_of_life.BEAT: "beat"}


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the web process lives; asks nobody else."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """
    Answer one entry per part, and how many rows are set aside by kind (`attention`).

    503 and "not ready" when pages cannot be shown; 200 and "degraded" when a queue's worker or beat has given no sign
    of life for a minute and a half, or the mail server refuses what we send (`sending`); else 200 and "ok".
    """
    found: dict[str, str] = {}
    for name, check in PARTS.items():
        try:
            found[name] = check()
        except (DatabaseError, redis.RedisError, OSError) as problem:
            found[name] = f"not ready: {type(problem).__name__}"
    ready = all(answer == "ok" for answer in found.values())
    missing = signs_of_life.missing() if ready else set(WORK)
    found |= {name: "not responding" if part in missing else "ok" for part, name in WORK.items()}
    if not ready:
        return JsonResponse({"status": "not ready", "parts": found}, status=503)
    refused = sorted({breaker.fault for breaker in open_breakers()})
    if refused:
        found["sending"] = f"paused, the mail server refuses us: {', '.join(refused)}"
    status = "degraded" if missing or refused else "ok"
    return JsonResponse({"status": status, "parts": found, "attention": dead_letters.counts()})
