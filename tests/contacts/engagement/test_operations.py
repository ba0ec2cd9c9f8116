from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_all_hits, judge_hits
from contacts.engagement.rules.counters import CountedHit, contributions
from contacts.engagement.selectors.counters import Engagement, engagement
from contacts.models import Bucket, Delivery, Event, Link, Membership, Suppression, Verdict
from tests import mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def sent() -> Delivery:
    (row,) = mail.deliveries(1)
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW)
    row.refresh_from_db()
    return row


def hit(
    row: Delivery, kind: str, after: dt.timedelta, *, key: str, link: int | None = None, agent: str = FIREFOX
) -> RawHit:
    number = Link.objects.get(version=row.template_version, number=link).pk if link is not None else None
    at = NOW + after
    return RawHit(kind, row.pk, at, key, link_id=number, method="GET", user_agent=agent, network="192.0.2.0/24")


def counts(row: Delivery) -> Engagement:
    return engagement([row.mailing_id])


def test_a_click_shows_at_once_as_unknown_and_as_human_once_it_settled(sent: Delivery) -> None:
    record_hits([hit(sent, "clicked", HOUR, key="a", link=1)], now=NOW + HOUR)
    assert counts(sent).unknown_clicked.uniques == 1
    assert counts(sent).clicked.uniques == 0

    judge_hits(now=NOW + HOUR + dt.timedelta(seconds=61))

    sent.refresh_from_db()
    assert (counts(sent).clicked.uniques, counts(sent).unknown_clicked.total) == (1, 0)
    assert sent.clicked_at == NOW + HOUR
    assert sent.unsettled_since is None


def test_a_hit_is_not_judged_before_its_minute_has_passed(sent: Delivery) -> None:
    record_hits([hit(sent, "clicked", HOUR, key="a", link=1)], now=NOW + HOUR)

    assert judge_hits(now=NOW + HOUR + dt.timedelta(seconds=59)) == 0
    assert not Verdict.objects.exists()


def test_the_same_hit_delivered_again_counts_once(sent: Delivery) -> None:
    one = hit(sent, "opened", HOUR, key="a")

    assert record_hits([one, one], now=NOW + HOUR) == 1
    assert record_hits([one], now=NOW + HOUR) == 0
    assert Event.objects.count() == 1
    assert counts(sent).unknown_opened.total == 1


def test_a_hit_read_again_after_the_clock_of_the_demo_moved_counts_once(sent: Delivery) -> None:
    record_hits([hit(sent, "opened", HOUR, key="a")], now=NOW + HOUR)
    record_hits([hit(sent, "opened", HOUR * 24, key="a")], now=NOW + HOUR * 24)

    assert Event.objects.count() == 1
    assert counts(sent).unknown_opened.total == 1


def test_two_clicks_of_one_reader_are_two_in_all_and_one_reader(sent: Delivery) -> None:
    hits = [hit(sent, "clicked", HOUR * n, key=f"k{n}", link=1) for n in (1, 2)]
    record_hits(hits, now=NOW + 3 * HOUR)
    judge_hits(now=NOW + 4 * HOUR)

    assert (counts(sent).clicked.total, counts(sent).clicked.uniques) == (2, 1)
    assert Bucket.objects.filter(kind="clicked", verdict="human", link_ref=0, uniques=1).count() == 1


def test_who_follows_the_hidden_link_is_a_machine(sent: Delivery) -> None:
    hits = [hit(sent, "clicked", HOUR, key=f"m{n}", link=n) for n in (0, 1, 2)]
    record_hits(hits, now=NOW + HOUR)
    judge_hits(now=NOW + 2 * HOUR)

    sent.refresh_from_db()
    assert counts(sent).machine_clicked.total == 3
    assert counts(sent).clicked.total == 0
    assert sent.clicked_at is None
    assert sent.machine_clicked_at == NOW + HOUR


def test_a_hit_for_no_delivery_of_ours_is_dropped(sent: Delivery) -> None:
    stray = RawHit("opened", sent.pk + 1000, NOW, "x")

    assert record_hits([stray], now=NOW) == 0


def test_unsubscribing_declines_the_category_for_the_reader(sent: Delivery) -> None:
    record_hits([RawHit("unsubscribed", sent.pk, NOW + HOUR, "u")], now=NOW + HOUR)

    sent.refresh_from_db()
    assert Membership.objects.get(deliveries=sent).opted_out == ["enablement"]
    assert sent.unsubscribed_at == NOW + HOUR
    assert counts(sent).unsubscribed == 1


def test_a_hard_bounce_leaves_delivered_and_suppresses_the_address(sent: Delivery) -> None:
    bounce = RawHit("bounced", sent.pk, NOW + HOUR, "b", source="smtp", detail={"bounce_class": "hard"})
    record_hits([bounce], now=NOW + HOUR)

    sent.refresh_from_db()
    assert (sent.bounce_class, sent.bounced_at) == ("hard", NOW + HOUR)
    assert counts(sent).bounced == 1


def test_three_soft_bounces_in_a_week_hold_the_address_back(sent: Delivery) -> None:
    rows = [sent, *mail.deliveries(2)]
    for row in rows:
        mine = {"person": sent.person, "address": sent.address, "occurrence": f"o{row.pk}"}
        Delivery.objects.filter(pk=row.pk).update(state="sent", sent_at=NOW, **mine)

    for day, row in enumerate(rows):
        at = NOW + dt.timedelta(days=day)
        soft = RawHit("bounced", row.pk, at, f"b{day}", source="smtp", detail={"bounce_class": "soft"})
        record_hits([soft], now=at)
        assert Suppression.objects.exists() == (day == 2)

    assert Suppression.objects.get().expires_at is not None


@pytest.mark.parametrize("seed", range(5))
def test_counters_equal_counters_built_anew_however_hits_arrive(sent: Delivery, seed: int) -> None:
    chance = random.Random(seed)
    hits = [
        hit(
            sent,
            chance.choice(["opened", "clicked"]),
            dt.timedelta(seconds=chance.randrange(3 * 86400)),
            key=f"k{n}",
            link=chance.choice([0, 1, 2]),
            agent=chance.choice([FIREFOX, "Mozilla/5.0", "curl/8.0"]),
        )
        for n in range(60)
    ]
    hits = [h if h.kind == "clicked" else RawHit(h.kind, h.delivery_id, h.occurred_at, h.dedupe_key) for h in hits]
    deliver_in_pieces(hits, chance)
    judge_all_hits(now=NOW + dt.timedelta(days=4))

    assert stored() == built_anew()


def deliver_in_pieces(hits: Sequence[RawHit], chance: random.Random) -> None:
    """Three times over, shuffled, in pieces of any size, settling in between."""
    stream = list(hits) * 3
    chance.shuffle(stream)
    while stream:
        size = chance.randint(1, 20)
        piece, stream = stream[:size], stream[size:]
        record_hits(piece, now=NOW + dt.timedelta(days=3))
        if chance.random() < 0.3:
            judge_hits(now=NOW + dt.timedelta(hours=chance.randrange(72)))


def stored() -> dict[tuple[object, ...], tuple[int, int]]:
    rows = Bucket.objects.exclude(total=0).exclude(kind="sent")
    return {(b.kind, b.verdict, b.link_ref, b.quarter_at): (b.total, b.uniques) for b in rows}


def built_anew() -> dict[tuple[object, ...], tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select e.kind, v.verdict, coalesce(e.link_id, 0), e.occurred_at from contacts_event e"
            " join contacts_verdict v on v.event_id = e.id and v.occurred_at = e.occurred_at"
        )
        hits = [CountedHit(*row) for row in cursor.fetchall()]
    return {tuple(key): (tally.total, tally.uniques) for key, tally in contributions(hits).items()}


SOME_HITS = st.lists(
    st.builds(
        CountedHit,
        st.sampled_from(["opened", "clicked"]),
        st.sampled_from(["human", "machine", "unknown"]),
        st.integers(1, 3),
        st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 5), timezones=st.just(dt.UTC)),
    ),
    max_size=40,
)


@given(SOME_HITS)
def test_uniques_of_all_quarters_are_one_per_kind_verdict_and_link(hits: list[CountedHit]) -> None:
    uniques: dict[tuple[str, str, int], int] = {}
    totals = 0
    for key, tally in contributions(hits).items():
        place = (key.kind, key.verdict, key.link_ref)
        uniques[place] = uniques.get(place, 0) + tally.uniques
        totals += tally.total if key.link_ref == 0 else 0

    assert all(number == 1 for number in uniques.values())
    assert totals == len(hits)


@pytest.mark.parametrize("kind", ["opened", "clicked", "bounced", "unsubscribed", "delivered"])
def test_whatever_is_heard_of_an_uncertain_message_proves_that_it_left(sent: Delivery, kind: str) -> None:
    Delivery.objects.update(state="uncertain", sent_at=None, handed_over_at=NOW)

    record_hits([hit(sent, kind, HOUR, key="a")], now=NOW + HOUR)

    sent.refresh_from_db()
    assert (sent.state, sent.sent_at) == ("sent", NOW)
    assert counts(sent).sent == 1
    assert counts(sent).delivered >= 0
