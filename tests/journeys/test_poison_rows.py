"""
One poisoned row at every place where work is done in sets.

Its neighbors go on as if it were not there; administrators see it with its error; once it is mended, Retry brings it
through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from contacts.delivery import operations as delivery
from contacts.engagement.models import WebhookEvent
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.stream import ingest_all
from contacts.engagement.operations.verdicts import judge_all_hits
from contacts.engagement.operations.webhooks import process_webhook_events
from contacts.engagement.rules.stream import STREAM
from contacts.models import Delivery, Event, TemplateVersion, Verdict
from contacts.recipients.selectors import TOUCHED
from cs_platform.common import clock, dead_letters, outbox
from cs_platform.common.models import DeadLetter, Outbox
from cs_platform.integrations import tasks
from cs_platform.integrations.imports.models import ImportRun
from programs.models import Participant
from programs.participants import operations as participants
from tests import factories, mail
from tests.factories import NOW
from tests.poison import poison
from tests.programs import world

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
LATER = NOW + dt.timedelta(hours=1)
NUMBER = 5


@dataclass(frozen=True)
class Set:
    """Five rows, one of them poisoned: a turn of the work, which of them are done, and what mends the bad one."""

    kind: str
    work: Callable[[dt.datetime], object]
    done: Callable[[], set[int]]
    bad: int
    mend: Callable[[], object]


def send(now: dt.datetime) -> None:
    postman = mail.NotingPostman()
    delivery.send_due(worker="w", limit=3, now=now, postman=postman, is_simulated=True, clock=lambda: now)


def messages(kind: str, make: Callable[[Delivery], Callable[[], object]]) -> Set:
    rows = mail.deliveries(NUMBER)
    bad = rows[0]
    # It stands in line before the others.
    Delivery.objects.filter(pk=bad.pk).update(due_at=NOW - MINUTE)
    mend = make(bad)
    return Set(kind, send, lambda: set(of(Delivery.objects.filter(state="sent"))), bad.pk, mend)


def of(rows: Any, field: str = "pk") -> Any:
    return rows.values_list(field, flat=True)


def claim() -> Set:
    return messages(
        "delivery.claim", lambda row: poison("contacts_delivery", f"new.id = {row.pk} and new.state = 'claimed'")
    )


def render() -> Set:
    def cut_off(row: Delivery) -> Callable[[], object]:
        own = mail.email()
        Delivery.objects.filter(pk=row.pk).update(template_version=own)
        versions = TemplateVersion.objects.filter(pk=own.pk)
        versions.update(compiled={"format": 1})
        return lambda: versions.update(compiled=own.compiled)

    return messages("delivery.render", cut_off)


def hand_over() -> Set:
    return messages(
        "delivery.hand_over",
        lambda row: poison("contacts_delivery", f"new.id = {row.pk} and new.state = 'handed_over'"),
    )


def program(kind: str, table_condition: Callable[[Account], tuple[str, str]], *, enters_first: bool) -> Set:
    factories.organisation()
    world.published(factories.user(bundle="program_manager"), world.step(1, day=0))
    accounts = [world.admin().account for _ in range(NUMBER)]
    if enters_first:
        participants.enroll_all(now=NOW)
    bad = accounts[0]

    def done() -> set[int]:
        there = Participant.objects.exclude(state="queued") if enters_first else Participant.objects.all()
        return set(of(there, "account_id"))

    return Set(kind, world.live, done, bad.pk, poison(*table_condition(bad)))


def enroll() -> Set:
    refused = "new.account_id = {}"
    return program("programs.enroll", lambda a: ("programs_participant", refused.format(a.pk)), enters_first=False)


def advance() -> Set:
    refused = "new.account_id = {} and new.state <> 'queued'"
    return program("programs.advance", lambda a: ("programs_participant", refused.format(a.pk)), enters_first=True)


def readers() -> list[Delivery]:
    rows = mail.deliveries(NUMBER)
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW)
    return rows


def with_events() -> set[int]:
    return set(of(Event.objects.all(), "delivery_id"))


def ingest() -> Set:
    rows = readers()
    stream = redis.Redis.from_url(settings.REDIS_URL)
    stream.delete(STREAM)
    for row in rows:
        micros = int(LATER.timestamp() * 1_000_000)
        stream.xadd(
            STREAM, {"k": "o", "d": row.pk, "t": micros, "x": f"poison-{row.pk}", "a": world.FIREFOX, "m": "GET"}
        )

    def work(now: dt.datetime) -> None:
        ingest_all(redis=stream, moved=dt.timedelta(), now=LATER)
        process_webhook_events(now=LATER)

    return Set(
        "engagement.webhook", work, with_events, rows[0].pk, poison("contacts_event", f"new.delivery_id = {rows[0].pk}")
    )


def judge() -> Set:
    rows = readers()
    record_hits([RawHit("opened", row.pk, LATER, f"k{row.pk}", user_agent=world.FIREFOX) for row in rows], now=LATER)
    return Set(
        "engagement.judge",
        lambda _: judge_all_hits(now=LATER + dt.timedelta(hours=1)),
        lambda: set(of(Verdict.objects.all(), "delivery_id")),
        rows[0].pk,
        poison("contacts_verdict", f"new.delivery_id = {rows[0].pk}"),
    )


def webhooks() -> Set:
    rows = readers()
    for row in rows:
        body: dict[str, object] = {
            "type": "delivered",
            "at": None,
            "message_id": f"{row.uuid.hex}@keel.example",
            "esp_event": {},
        }
        WebhookEvent.objects.create(source="Postmark", source_key=str(row.pk), body=body, received_at=LATER)
    return Set(
        "engagement.webhook",
        lambda _: process_webhook_events(now=LATER),
        with_events,
        rows[0].pk,
        poison("contacts_event", f"new.delivery_id = {rows[0].pk}"),
    )


def reactions() -> Set:
    Outbox.objects.all().delete()
    accounts = [factories.account() for _ in range(NUMBER)]
    Outbox.objects.all().delete()
    payloads = [{"accounts": [account.pk]} for account in accounts]
    rows = [Outbox.objects.create(kind=TOUCHED, payload=payload, created_at=NOW) for payload in payloads]
    bad = Outbox.objects.filter(pk=rows[0].pk)
    bad.update(payload={"accounts": [10**30]})
    return Set(
        outbox.DEAD_LETTERS,
        lambda _: outbox.drain_turn([TOUCHED]),
        lambda: set(of(Outbox.objects.filter(kind=TOUCHED, pk__in=[row.pk for row in rows]).exclude(done_at=None))),
        rows[0].pk,
        lambda: bad.update(payload=payloads[0]),
    )


SETS = (claim, render, hand_over, enroll, advance, ingest, judge, webhooks, reactions)


@pytest.fixture
def boss(browser_of: Any) -> Client:
    """Return the browser of an administrator."""
    return browser_of(factories.user(bundle="administrator", name="Ida Berg"))


def attention(boss: Client) -> str:
    return boss.get(reverse("attention")).content.decode()


@pytest.mark.parametrize("make", SETS, ids=lambda make: make.__name__)
def test_a_poisoned_row_stops_no_neighbor_is_shown_and_goes_through_once_it_is_mended(
    make: Callable[[], Set], boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 21 * MINUTE)
    one = make()
    for turn in range(dead_letters.TRIES + 1):
        one.work(NOW + 2 * turn * MINUTE)

    neighbors = one.done()
    assert len(neighbors) == NUMBER - 1
    assert one.bad not in neighbors
    (letter,) = DeadLetter.objects.filter(set_aside_at__isnull=False)
    assert (letter.kind, letter.attempts) == (one.kind, dead_letters.TRIES)
    page = attention(boss)
    assert dead_letters.kind_of(one.kind).label in page
    assert letter.error.partition(":")[0] in page
    assert "hunter2" not in page

    one.mend()
    one.work(NOW + 20 * MINUTE)
    assert one.bad not in one.done()
    boss.post(reverse("attention-retry"), {"letter": letter.pk})
    for turn in range(2):
        one.work(NOW + (22 + turn) * MINUTE)

    assert one.done() == neighbors | {one.bad}
    assert "Nothing needs attention." in attention(boss)


def test_a_poisoned_row_of_a_file_is_refused_with_its_line_and_goes_in_once_it_is_mended(
    boss: Client,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(tasks.take_file_in, "delay", tasks.take_file_in)
    mend = poison("accounts_account", "new.name = 'Acme 2'")

    def import_file() -> str:
        rows = "".join(f"A{n},Acme {n}\n" for n in range(NUMBER))
        file = SimpleUploadedFile("accounts.csv", f"id,name\n{rows}".encode())
        boss.post(reverse("imports:import-new"), {"kind": "accounts", "system": "import", "file": file})
        run = ImportRun.objects.latest("pk")
        columns = {"column-external_id": "id", "column-name": "name", "how": "real"}
        with django_capture_on_commit_callbacks(execute=True):
            boss.post(reverse("imports:import-begin", args=[run.pk]), columns)
        return boss.get(reverse("imports:import", args=[run.pk])).content.decode()

    page = import_file()
    assert set(of(Account.objects.all(), "name")) == {f"Acme {n}" for n in range(NUMBER) if n != 2}
    assert '<td class="fit right num">4</td>' in page
    assert "Couldn&#x27;t save the row: DataError: value out of range" in page

    mend()
    assert "1 row was not imported" not in import_file()
    assert Account.objects.count() == NUMBER
