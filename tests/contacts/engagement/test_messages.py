"""What happened to one message, and what became of each of its links."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_hits
from contacts.engagement.selectors.counters import Count
from contacts.engagement.selectors.events import events_of, links_of
from contacts.models import Delivery, Link
from tests import mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def sent() -> list[Delivery]:
    rows = mail.deliveries(2)
    Delivery.objects.update(state="sent", sent_at=NOW, delivered_at=NOW)
    return rows


def click(row: Delivery, link: int, after: dt.timedelta, *, agent: str = FIREFOX) -> RawHit:
    target = Link.objects.get(version=row.template_version, number=link)
    key = f"{row.pk}:{link}:{after}"
    return RawHit("clicked", row.pk, NOW + after, key, link_id=target.pk, method="GET", user_agent=agent, network="n")


def test_an_event_is_unknown_and_has_no_rule_until_it_is_judged(sent: list[Delivery]) -> None:
    record_hits([click(sent[0], 1, HOUR)], now=NOW + HOUR)
    (before,) = events_of(sent[0].pk)

    judge_hits(now=NOW + 2 * HOUR)
    (after,) = events_of(sent[0].pk)

    assert (before.verdict, before.rule, before.is_judged) == ("unknown", "", False)
    assert (after.verdict, after.rule, after.is_judged) == ("human", "no_sign_of_a_machine", True)
    assert (after.kind, after.link, after.network) == ("clicked", "Read the guide", "n")


def test_the_newest_event_comes_first_and_other_messages_events_not_at_all(sent: list[Delivery]) -> None:
    first, second, other = click(sent[0], 1, HOUR), click(sent[0], 2, 2 * HOUR), click(sent[1], 1, HOUR)
    record_hits([first, second, other], now=NOW + 3 * HOUR)

    assert [event.occurred_at - NOW for event in events_of(sent[0].pk)] == [2 * HOUR, HOUR]


def test_a_bounce_has_no_verdict_to_wait_for(sent: list[Delivery]) -> None:
    record_hits([RawHit("bounced", sent[0].pk, NOW + HOUR, "b")], now=NOW + HOUR)

    (bounce,) = events_of(sent[0].pk)

    assert (bounce.verdict, bounce.is_judged) == ("", True)


def test_the_hidden_link_is_called_so(sent: list[Delivery]) -> None:
    record_hits([click(sent[0], 0, HOUR)], now=NOW + HOUR)

    assert events_of(sent[0].pk)[0].link == "hidden link"


def test_each_link_counts_this_reader_and_everybody(sent: list[Delivery]) -> None:
    hits = [click(sent[0], 1, HOUR), click(sent[0], 1, 2 * HOUR), click(sent[1], 1, HOUR)]
    record_hits([*hits, click(sent[1], 2, HOUR * 5, agent="curl/8")], now=NOW + 6 * HOUR)
    judge_hits(now=NOW + 7 * HOUR)

    guide, forum = links_of(sent[0].pk)

    assert (guide.label, guide.own, guide.human) == ("Read the guide", 2, Count(3, 2))
    assert (forum.url, forum.own, forum.human, forum.machine) == ("https://forum.example/start", 0, Count(), 1)


def test_a_click_that_waits_for_its_verdict_counts_as_unknown_at_its_link(sent: list[Delivery]) -> None:
    record_hits([click(sent[0], 1, HOUR)], now=NOW + HOUR)

    guide, _ = links_of(sent[0].pk)

    assert (guide.own, guide.human.total, guide.unknown) == (1, 0, 1)
