"""What happened at an account and about a person, newest first."""

from __future__ import annotations

import datetime as dt

import pytest

from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_all_hits
from contacts.engagement.selectors.timeline import (
    LastEngagement,
    Timeline,
    last_engagements_at,
    timeline_of_account,
    timeline_of_person,
)
from contacts.models import Delivery, Link
from tests import factories, mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def sent() -> Delivery:
    (row,) = mail.deliveries(1)
    Delivery.objects.update(state="sent", sent_at=NOW)
    row.refresh_from_db()
    return row


def hits(row: Delivery, *kinds: str, agent: str = FIREFOX) -> None:
    """Let things happen to a message, an hour apart, and settle what can be judged."""
    link = Link.objects.get(version=row.template_version, number=1).pk
    found = [
        RawHit(
            kind,
            row.pk,
            NOW + HOUR * at,
            f"{kind}{at}",
            link_id=link if kind == "clicked" else None,
            method="GET",
            user_agent=agent,
        )
        for at, kind in enumerate(kinds, start=1)
    ]
    record_hits(found, now=NOW + HOUR * len(kinds))


def settled() -> None:
    judge_all_hits(now=NOW + dt.timedelta(days=1))


def timeline(row: Delivery, **options: object) -> Timeline:
    found = timeline_of_account(row.account_id or 0, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def kinds(found: Timeline) -> list[str]:
    return [one.kind for one in found.items]


def test_entries_sendings_and_events_stand_in_one_line(sent: Delivery) -> None:
    hits(sent, "opened", "clicked")
    factories.entry(account=sent.account, kind="call", occurred_at=NOW + HOUR * 1.5)

    found = timeline(sent)

    assert kinds(found) == ["clicked", "call", "opened", "sent"]
    assert {one.subject for one in found.items if one.delivery_id} == {"Your first pipeline"}
    assert found.items[0].link == "Read the guide"


def test_a_hit_is_unknown_until_it_has_settled(sent: Delivery) -> None:
    hits(sent, "clicked")
    newest = timeline(sent).items[0]
    assert (newest.verdict, newest.is_judged) == ("unknown", False)

    settled()

    newest = timeline(sent).items[0]
    assert (newest.verdict, newest.is_judged, newest.rule) == ("human", True, "no_sign_of_a_machine")


def test_what_a_machine_did_says_so(sent: Delivery) -> None:
    hits(sent, "opened", agent="Barracuda Link Scanner")
    settled()

    assert timeline(sent).items[0].verdict == "machine"


def test_arriving_is_not_told_but_bouncing_is(sent: Delivery) -> None:
    hits(sent, "delivered", "bounced")

    found = timeline(sent)

    assert kinds(found) == ["bounced", "sent"]
    assert (found.items[0].verdict, found.items[0].is_judged) == ("", True)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("", ["opened", "role", "call", "sent"]),
        ("calls", ["call"]),
        ("emails", ["opened", "sent"]),
        ("roles", ["role"]),
        ("surveys", []),
        ("no-such", ["opened", "role", "call", "sent"]),
    ],
)
def test_a_filter_leaves_the_rest_out(sent: Delivery, shown: str, told: list[str]) -> None:
    factories.entry(account=sent.account, kind="call", occurred_at=NOW + HOUR / 3)
    factories.entry(account=sent.account, kind="role", occurred_at=NOW + HOUR / 2)
    hits(sent, "opened")

    assert kinds(timeline(sent, shown=shown)) == told


def test_turning_pages_loses_and_repeats_nothing_even_at_one_instant(sent: Delivery) -> None:
    for number in range(7):
        factories.entry(account=sent.account, subject=f"Entry {number}", occurred_at=NOW)
    whole = [one.key for one in timeline(sent).items]

    read: list[str] = []
    place = ""
    while True:
        turned = timeline(sent, place=place, limit=3)
        read += [one.key for one in turned.items]
        place = turned.next_place
        if not place:
            break

    assert read == whole
    assert len(whole) == 8


def test_a_place_that_is_none_begins_at_the_newest(sent: Delivery) -> None:
    assert kinds(timeline(sent, place="nowhere")) == ["sent"]


def test_nothing_new_is_said_with_one_query(sent: Delivery, django_assert_num_queries) -> None:
    hits(sent, "opened")
    stamp = timeline(sent).stamp

    with django_assert_num_queries(1):
        assert timeline_of_account(sent.account_id or 0, unless=stamp) is None


def test_a_verdict_is_news(sent: Delivery) -> None:
    hits(sent, "opened")
    stamp = timeline(sent).stamp

    settled()

    assert timeline(sent, unless=stamp).items[0].verdict == "human"


def test_a_person_has_a_story_of_their_own_at_the_accounts_one_may_see(sent: Delivery) -> None:
    other = factories.account()
    for account in (sent.account, other):
        factories.entry(account=account, person_ref=sent.person_id, occurred_at=NOW + HOUR)
    factories.entry(account=sent.account)

    found = timeline_of_person(sent.person_id, account_ids=[sent.account_id or 0])

    assert found is not None
    assert [(one.kind, one.account_id) for one in found.items] == [
        ("call", sent.account_id),
        ("sent", sent.account_id),
    ]


def test_a_sign_of_life_is_the_last_human_one_and_counts_five_messages(sent: Delivery) -> None:
    Delivery.objects.update(opened_at=NOW + HOUR, clicked_at=NOW + HOUR, machine_opened_at=NOW + HOUR * 2)

    assert last_engagements_at(sent.account_id or 0, people=[sent.person_id]) == {
        sent.person_id: LastEngagement(opened=1, sent=1, kind="clicked", at=NOW + HOUR)
    }


def test_whoever_was_written_to_and_never_read_gives_no_sign(sent: Delivery) -> None:
    assert last_engagements_at(sent.account_id or 0, people=[sent.person_id]) == {
        sent.person_id: LastEngagement(opened=0, sent=1, kind="", at=None)
    }
