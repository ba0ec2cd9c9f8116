from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from contacts import tasks
from contacts.delivery import operations as delivery
from contacts.models import Delivery
from tests import factories, mail
from tests.counting_smtp import counting_smtp
from tests.processes import Start

pytestmark = pytest.mark.django_db(transaction=True)

CELERY = ("-m", "celery", "-A", "cs_platform", "worker", "-Q", "send", "--concurrency", "1", "--loglevel", "INFO")
PATIENCE_SECONDS = 60


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("kills", [1, 3])
def test_nobody_gets_anything_twice_and_nobody_is_forgotten(start: Start, kills: int) -> None:
    factories.organisation(is_safe_mode=False)
    rows = mail.deliveries(160, due_at=timezone.now())
    with counting_smtp(delay=0.003) as (server, email_url):
        for _ in range(kills):
            worker = start(*CELERY, ready=" ready.", EMAIL_URL=email_url)
            tasks.send_due.delay()
            before = sum(server.taken.values())
            wait_until(lambda before=before: sum(server.taken.values()) >= before + 25)  # type: ignore[misc]
            worker.end_family()
            mail.let_leases_end()
            delivery.release_expired()
        start(*CELERY, ready=" ready.", EMAIL_URL=email_url)
        tasks.send_due.delay()
        wait_until(lambda: not Delivery.objects.filter(state__in=["planned", "claimed", "handed_over"]).exists())

    uncertain = Delivery.objects.filter(state="uncertain").values_list("address", flat=True)
    assert max(server.taken.values()) == 1
    assert {row.address for row in rows} == set(server.taken) | set(uncertain)
    assert len(uncertain) <= 64 * kills
