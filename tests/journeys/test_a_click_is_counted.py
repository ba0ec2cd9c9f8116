from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from contacts.delivery.rules import seal, seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.engagement.operations.stream import ingest_all
from contacts.engagement.operations.verdicts import judge_hits
from contacts.engagement.selectors.counters import engagement
from contacts.models import Delivery, Link, Membership
from tests import mail
from tests.processes import Start

pytestmark = pytest.mark.django_db(transaction=True)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
Fetch = Callable[..., "Answer"]


class Answer:
    def __init__(self, status: int, location: str, body: bytes) -> None:
        self.status, self.location, self.body = status, location, body


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


@pytest.fixture
def fetch(start: Start, tmp_path: Path) -> Fetch:
    """Return a function that asks a running tracking server and does not follow redirects."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start(
        "-m",
        "uvicorn",
        "cs_platform.tracking:app",
        "--port",
        str(port),
        ready="Uvicorn running on",
        KEEL_HOME=str(tmp_path),
    )
    opener = urllib.request.build_opener(_Stay)

    def ask(path: str, *, method: str = "GET", data: bytes | None = None) -> Answer:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", data, {"User-Agent": FIREFOX}, method="POST" if data else method
        )
        try:
            with opener.open(request, timeout=10) as response:
                return Answer(response.status, response.headers.get("Location", ""), response.read())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers.get("Location", ""), refusal.read())

    return ask


@pytest.fixture
def sent() -> Delivery:
    (row,) = mail.deliveries(1)
    yesterday = timezone.now() - timedelta(days=1)
    Delivery.objects.update(state="sent", sent_at=yesterday, delivered_at=yesterday)
    return row


def ingest() -> int:
    client = redis.Redis.from_url(settings.REDIS_URL)
    return ingest_all(redis=client, moved=timedelta(), now=timezone.now())


def link(row: Delivery, number: int) -> str:
    found = Link.objects.get(version=row.template_version, number=number)
    return f"/c/{seal(tracking_key(), row.pk, found.pk)}"


def test_a_click_leads_on_and_is_counted_once_however_often_the_stream_is_read(sent: Delivery, fetch: Fetch) -> None:
    answer = fetch(link(sent, 1))
    fetch(f"/o/{seal(tracking_key(), sent.pk, 0)}")

    assert (answer.status, answer.location) == (302, "https://docs.example/guide")
    assert (ingest(), ingest()) == (2, 0)
    found = engagement([sent.mailing_id])
    assert (found.unknown_clicked.uniques, found.unknown_opened.uniques) == (1, 1)
    judge_hits(now=timezone.now() + timedelta(minutes=2))
    assert engagement([sent.mailing_id]).clicked.uniques == 1


def test_a_token_that_was_tampered_with_leads_nowhere_and_counts_nothing(sent: Delivery, fetch: Fetch) -> None:
    genuine = link(sent, 1)
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")

    assert fetch(forged).status == 404
    assert fetch("/c/https://evil.example/").status == 404
    assert ingest() == 0


def test_following_the_unsubscribe_link_asks_and_only_the_post_unsubscribes(sent: Delivery, fetch: Fetch) -> None:
    path = f"/u/{seal_unsubscribe(tracking_key(), sent.pk)}"

    assert fetch(path).status == 302
    assert fetch(path, method="HEAD").status == 302
    assert fetch(path, data=b"something=else").status == 400
    assert ingest() == 0
    assert fetch(path, data=b"List-Unsubscribe=One-Click").status == 200
    ingest()
    assert Membership.objects.get(deliveries=sent).opted_out == ["enablement"]


def test_redis_emptied_on_the_way_loses_nothing_that_was_read_and_reads_on(sent: Delivery, fetch: Fetch) -> None:
    fetch(link(sent, 1))
    ingest()
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    fetch(link(sent, 2))

    assert ingest() == 1
    assert engagement([sent.mailing_id]).unknown_clicked.total == 2
