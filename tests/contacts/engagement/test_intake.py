"""What comes in from outside: impossible instants, poisoned rows, text that PostgreSQL refuses. Intake goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from django.db import connection

from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.stream import ingest_all
from contacts.engagement.operations.verdicts import TO_JUDGE, judge_all_hits
from contacts.engagement.operations.webhooks import TO_READ, process_webhook_events
from contacts.engagement.rules.stream import STREAM
from contacts.engagement.selectors.counters import Engagement, engagement
from contacts.models import Delivery, Event, Membership, Suppression, Verdict, WebhookEvent
from cs_platform.common import dead_letters, partitions
from cs_platform.common.models import DeadLetter
from tests import mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
LATER = NOW + HOUR


@pytest.fixture
def sent() -> list[Delivery]:
    rows = mail.deliveries(3)
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW)
    return list(rows)


def tracked(row: Delivery, key: str, **fields: str) -> dict[str, str]:
    """Return a hit as the tracking server writes it down."""
    micros = str(int(LATER.timestamp() * 1_000_000))
    return {"k": "c", "d": str(row.pk), "l": "0", "t": micros, "x": key, "m": "GET", "a": "Firefox", "n": "", **fields}


def ingest(client: redis.Redis, *hits: dict[str, str]) -> int:
    for hit in hits:
        client.xadd(STREAM, hit)  # type: ignore[arg-type]
    return ingest_all(redis=client, moved=dt.timedelta(), now=LATER)


def counts(row: Delivery) -> Engagement:
    return engagement([row.mailing_id])


def tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("select inhrelid::regclass::text from pg_inherits where inhparent = 'contacts_event'::regclass")
        return {name for (name,) in cursor.fetchall()}


# Instants --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claimed",
    [
        dt.datetime(1, 1, 1, tzinfo=dt.UTC),
        dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        NOW - HOUR,
        LATER + dt.timedelta(days=1, seconds=1),
        dt.datetime(2099, 1, 1, tzinfo=dt.UTC),
        dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
    ],
)
def test_an_instant_that_cannot_be_is_taken_as_of_the_receipt_and_makes_no_partition(
    sent: list[Delivery], claimed: dt.datetime
) -> None:
    before = tables()

    record_hits([RawHit("opened", sent[0].pk, claimed, "a"), RawHit("opened", sent[1].pk, LATER, "b")], now=LATER)
    judge_all_hits(now=LATER + HOUR)

    odd = Event.objects.get(dedupe_key="a")
    assert (odd.occurred_at, odd.detail) == (LATER, {"claimed_at": claimed.isoformat()})
    assert Event.objects.get(dedupe_key="b").detail == {}
    assert Verdict.objects.count() == 2
    assert tables() == before


def test_the_same_event_with_an_impossible_instant_counts_once_however_late_it_comes_again(
    sent: list[Delivery],
) -> None:
    hit = RawHit("opened", sent[0].pk, dt.datetime(1970, 1, 1, tzinfo=dt.UTC), "a")

    assert [record_hits([hit], now=NOW + HOUR * n) for n in (1, 2)] == [1, 0]
    assert Event.objects.get().occurred_at == LATER


@pytest.mark.parametrize("micros", ["0", "-62135596800000000", "253402300799000000", "9" * 30, "-" + "9" * 30])
def test_a_tracking_server_whose_clock_is_broken_loses_no_hit(
    sent: list[Delivery], clean_redis: redis.Redis, micros: str
) -> None:
    assert ingest(clean_redis, tracked(sent[0], "a", t=micros), tracked(sent[1], "b")) == 2

    assert Event.objects.get(dedupe_key="a").occurred_at == LATER
    assert Event.objects.count() == 2


def test_rows_that_came_before_their_months_partition_move_into_it_when_it_is_made(sent: list[Delivery]) -> None:
    far = dt.datetime(2031, 5, 17, tzinfo=dt.UTC)
    hits = [RawHit("opened", row.pk, far, f"k{row.pk}", user_agent="Firefox") for row in sent]
    record_hits(hits[:2], now=far)
    judge_all_hits(now=far + HOUR)
    partitions._there.clear()

    for table in ("contacts_event", "contacts_verdict"):
        partitions.ensure(table, first=far.date(), last=far.date() + dt.timedelta(days=40))
    record_hits(hits, now=far)

    assert {"contacts_event_2031_05", "contacts_event_2031_06"} <= tables()
    assert Event.objects.filter(occurred_at=far).count() == 3
    assert Verdict.objects.filter(occurred_at=far).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from only contacts_event_default where occurred_at >= '2031-01-01'")
        assert cursor.fetchone() == (0,)
    partitions._there.clear()


# Poison ----------------------------------------------------------------------------------------------------------


def test_a_hit_that_cannot_be_written_is_kept_and_the_worker_goes_on_behind_it(
    sent: list[Delivery], clean_redis: redis.Redis
) -> None:
    poison = tracked(sent[0], "p", k="u", g="no such category")
    good = [tracked(row, f"g{row.pk}") for row in sent]

    assert ingest(clean_redis, good[0], poison, *good[1:]) == 4
    assert ingest(clean_redis) == 0
    assert Event.objects.count() == 3
    kept = WebhookEvent.objects.get()
    assert (kept.source, kept.body["g"], kept.done_at) == ("tracking", "no such category", None)

    for _ in range(dead_letters.TRIES):
        process_webhook_events(now=LATER)
    letter = DeadLetter.objects.get(kind=TO_READ)
    assert (letter.key, letter.set_aside_at is not None) == (str(kept.pk), True)
    assert "no such category" in letter.error


def test_a_kept_hit_is_written_once_when_what_was_wrong_is_mended(
    sent: list[Delivery], clean_redis: redis.Redis
) -> None:
    ingest(clean_redis, tracked(sent[0], "p", k="u", g="no such category"))
    kept = WebhookEvent.objects.get()
    kept.body["g"] = "newsletter"
    kept.save()

    for _ in range(2):
        process_webhook_events(now=LATER + HOUR)

    assert Membership.objects.get(deliveries=sent[0]).opted_out == ["newsletter"]
    assert (counts(sent[0]).unsubscribed, Event.objects.get().occurred_at) == (1, LATER)


@pytest.mark.parametrize("junk", [{"x": "1"}, {"k": "z", "d": "1", "t": "1", "x": "1"}, {"k": "o", "d": "many"}])
def test_an_entry_that_is_no_hit_holds_up_nobody(
    sent: list[Delivery], clean_redis: redis.Redis, junk: dict[str, str]
) -> None:
    assert ingest(clean_redis, junk, tracked(sent[0], "a")) == 2

    assert Event.objects.count() == 1
    assert WebhookEvent.objects.get().body.items() >= junk.items()


def test_hits_of_a_redis_whose_clock_went_back_while_it_lost_its_last_are_read(
    sent: list[Delivery], clean_redis: redis.Redis
) -> None:
    clean_redis.xadd(STREAM, tracked(sent[0], "a"), id="9000000000000-0")  # type: ignore[arg-type]
    ingest(clean_redis)
    clean_redis.delete(STREAM)

    assert ingest(clean_redis) == 0
    ingest(clean_redis, tracked(sent[1], "b"))

    assert set(Event.objects.values_list("dedupe_key", flat=True)) == {"a", "b"}


def test_text_that_postgresql_refuses_is_stored_without_it(sent: list[Delivery], clean_redis: redis.Redis) -> None:
    odd = {"a": b"Fire\x00fox\xff", "n": b"192.0.2.0\x00/24", "m": b"GE\x00T"}
    clean_redis.xadd(STREAM, {**tracked(sent[0], "a"), **odd})  # type: ignore[dict-item]
    ingest(clean_redis, tracked(sent[1], "b"))

    assert Event.objects.get(dedupe_key="a").user_agent == "Firefox\ufffd"
    assert Event.objects.count() == 2


@contextmanager
def refused(table: str, row: Delivery) -> Iterator[None]:
    """Let the database refuse every row of this delivery in a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;"
            f"create trigger poison before insert on {table} for each row when (new.delivery_id = {row.pk})"
            " execute function refuse()"
        )
        yield
        cursor.execute(f"drop trigger poison on {table}; drop function refuse()")


def test_a_delivery_that_cannot_be_judged_is_set_aside_and_the_others_are_judged(sent: list[Delivery]) -> None:
    record_hits([RawHit("opened", row.pk, LATER, f"k{row.pk}", user_agent="Firefox") for row in sent], now=LATER)

    with refused("contacts_verdict", sent[1]):
        for _ in range(dead_letters.TRIES + 1):
            judge_all_hits(now=LATER + HOUR)

    assert DeadLetter.objects.get(kind=TO_JUDGE).key == str(sent[1].pk)
    assert {verdict.delivery_id for verdict in Verdict.objects.all()} == {sent[0].pk, sent[2].pk}


def test_a_webhook_that_cannot_be_written_is_set_aside_and_the_others_are_read(sent: list[Delivery]) -> None:
    for row in sent:
        body: dict[str, object] = {
            "type": "delivered",
            "at": None,
            "message_id": f"{row.uuid.hex}@keel.example",
            "esp_event": {},
        }
        WebhookEvent.objects.create(source="Postmark", source_key=str(row.pk), body=body, received_at=LATER)

    with refused("contacts_event", sent[1]):
        for _ in range(dead_letters.TRIES + 1):
            process_webhook_events(now=LATER)

    assert Event.objects.count() == 2
    assert DeadLetter.objects.get(kind=TO_READ).key == str(WebhookEvent.objects.get(done_at=None).pk)


# Consequences ----------------------------------------------------------------------------------------------------


def bounce(row: Delivery, kind: str, minutes: int = 0) -> RawHit:
    at = LATER + dt.timedelta(minutes=minutes)
    return RawHit("bounced", row.pk, at, f"{kind}{minutes}", source="x", detail={"bounce_class": kind})


@pytest.mark.parametrize("order", [("hard", "soft"), ("soft", "hard"), ("hard", "block", "soft")])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_of_a_hard_and_a_soft_bounce_the_hard_one_counts(
    sent: list[Delivery], order: tuple[str, ...], is_one_batch: bool
) -> None:
    hits = [bounce(sent[0], kind, minutes) for minutes, kind in enumerate(order)]
    for batch in [hits] if is_one_batch else [[hit] for hit in hits]:
        record_hits(batch, now=LATER + HOUR)

    sent[0].refresh_from_db()
    assert (sent[0].bounce_class, sent[0].bounced_at) == ("hard", LATER)
    assert Suppression.objects.get().reason == "hard_bounce"
    assert counts(sent[0]).bounced == 1


def test_what_a_browser_fetches_ahead_is_a_machine_and_what_it_said_is_kept(
    sent: list[Delivery], clean_redis: redis.Redis
) -> None:
    ingest(clean_redis, tracked(sent[0], "a", p="prefetch;prerender"), tracked(sent[1], "b"))
    judge_all_hits(now=LATER + HOUR)

    assert Event.objects.get(dedupe_key="a").detail == {"purpose": "prefetch;prerender"}
    rules = dict(Verdict.objects.values_list("delivery_id", "rule"))
    assert (rules[sent[0].pk], rules[sent[1].pk]) == ("fetched_ahead", "no_sign_of_a_machine")


def test_what_is_kept_of_an_event_is_json_that_postgresql_takes(sent: list[Delivery]) -> None:
    detail = {"answer": "550\x00 \ud800no", "deep": [{"\x00": "x"}]}
    record_hits([RawHit("deferred", sent[0].pk, LATER, "a", detail=detail)], now=LATER)

    assert Event.objects.get().detail == {"answer": "550 no", "deep": [{"": "x"}]}
