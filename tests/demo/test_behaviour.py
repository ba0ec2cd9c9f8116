from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from contacts.engagement.rules.verdicts import Hit, HitKind, VerdictKind, judge
from demo.behaviour import Client, Kind, SimHit, Temperament, band, reactions_to, score_of, temperament
from demo.comments import COMMENTS

SENT = dt.datetime(2026, 3, 3, 9, 0, tzinfo=dt.UTC)
CONSCIENTIOUS = replace(temperament(1), opens=1.0, clicks=1.0, answers=1.0, bounces=0.0, has_dead_address=False)


def reactions(
    delivery_id: int, person: Temperament, *, n_links: int = 4, is_survey: bool = False, zone: str = "UTC"
) -> list[SimHit]:
    return reactions_to(
        delivery_id=delivery_id, sent_at=SENT, temperament=person, n_links=n_links, is_survey=is_survey, zone=zone
    )


def many(person: Temperament, **given: object) -> list[list[SimHit]]:
    return [reactions(number, person, **given) for number in range(400)]  # type: ignore[arg-type]


def verdicts(hits: list[SimHit]) -> dict[Kind, set[VerdictKind]]:
    seen = [hit for hit in hits if hit.kind in {Kind.OPEN, Kind.CLICK}]
    judged = judge(
        [
            Hit(n, HitKind(hit.kind.value), hit.at, hit.link_number, hit.method, hit.user_agent, hit.network)
            for n, hit in enumerate(seen)
        ],
        sent_at=SENT,
    )
    by_kind: dict[Kind, set[VerdictKind]] = {}
    for hit, one in zip(seen, judged, strict=True):
        by_kind.setdefault(hit.kind, set()).add(one.verdict)
    return by_kind


def test_a_person_and_a_delivery_always_react_the_same() -> None:
    assert temperament(17) == temperament(17)
    assert reactions(3, temperament(17)) == reactions(3, temperament(17))
    assert temperament(17, seed=2) != temperament(17, seed=3)


def test_hits_come_in_the_order_of_time_and_never_before_the_message() -> None:
    for number in range(500):
        hits = reactions(number, temperament(number), is_survey=number % 3 == 0)
        assert [hit.at for hit in hits] == sorted(hit.at for hit in hits)
        assert all(hit.at > SENT for hit in hits)


def test_a_dead_address_bounces_hard_and_does_nothing_else() -> None:
    for hits in many(replace(CONSCIENTIOUS, has_dead_address=True)):
        assert [(hit.kind, hit.bounce_class) for hit in hits] == [(Kind.BOUNCE, "hard")]


def test_apples_proxy_opens_for_people_who_never_read() -> None:
    for hits in many(replace(CONSCIENTIOUS, client=Client.APPLE_MPP, opens=0.0)):
        assert verdicts(hits) == {Kind.OPEN: {VerdictKind.MACHINE}}


def test_a_scanner_clicks_every_link_within_three_seconds_and_counts_as_a_machine() -> None:
    for hits in many(replace(CONSCIENTIOUS, client=Client.OUTLOOK_SCANNER, opens=0.0)):
        assert [hit.link_number for hit in hits if hit.kind is Kind.CLICK] == [1, 2, 3, 4]
        assert all(hit.at - SENT < dt.timedelta(seconds=3) for hit in hits)
        assert verdicts(hits)[Kind.CLICK] == {VerdictKind.MACHINE}


def test_somebody_who_clicks_is_taken_for_a_human() -> None:
    for hits in many(replace(CONSCIENTIOUS, client=Client.PLAIN)):
        assert verdicts(hits)[Kind.CLICK] == {VerdictKind.HUMAN}
        assert all(1 <= (hit.link_number or 0) <= 4 for hit in hits if hit.kind is Kind.CLICK)


def test_most_people_read_in_the_working_hours_of_their_zone() -> None:
    person = replace(CONSCIENTIOUS, client=Client.PLAIN)
    local = [hits[0].at.astimezone(ZoneInfo("Asia/Tokyo")) for hits in many(person, zone="Asia/Tokyo")]
    working = sum(moment.weekday() < 5 and 7 <= moment.hour < 19 for moment in local)
    assert working / len(local) > 0.8


def test_an_answer_follows_a_click_and_has_a_score_from_0_to_10() -> None:
    for hits in many(CONSCIENTIOUS, is_survey=True):
        (answer,) = [hit for hit in hits if hit.kind is Kind.ANSWER]
        assert answer.score is not None
        assert answer.score in range(11)
        assert any(hit.kind is Kind.CLICK and hit.score == answer.score and hit.at < answer.at for hit in hits)
        assert answer.comment == "" or answer.comment in COMMENTS[band(answer.score)]


def test_who_is_no_survey_is_never_answered() -> None:
    assert not any(hit.kind is Kind.ANSWER for hits in many(CONSCIENTIOUS) for hit in hits)


def test_the_net_promoter_score_of_everybody_lies_near_35() -> None:
    people = (replace(temperament(n), opens=1.0, answers=1.0, bounces=0.0, has_dead_address=False) for n in range(3000))
    scores = [
        hit.score
        for number, person in enumerate(people)
        for hit in reactions(number, person, is_survey=True)
        if hit.kind is Kind.ANSWER and hit.score is not None
    ]
    promoters, detractors = (sum(band(score) == name for score in scores) for name in ("promoter", "detractor"))
    assert len(scores) == 3000
    assert 29 < 100 * (promoters - detractors) / len(scores) < 41


@pytest.mark.parametrize(("mood", "score"), [(0.0, 10), (0.4, 9), (0.6, 8), (0.8, 7), (0.84, 6), (0.999, 0)])
def test_a_mood_is_a_score(mood: float, score: int) -> None:
    assert score_of(mood) == score


def test_rates_are_those_of_a_newsletter_people_asked_for() -> None:
    opened = clicked = bounced = 0
    for number in range(4000):
        hits = reactions(number, temperament(number % 1000))
        judged = verdicts(hits)
        opened += VerdictKind.HUMAN in judged.get(Kind.OPEN, set())
        clicked += VerdictKind.HUMAN in judged.get(Kind.CLICK, set())
        bounced += any(hit.kind is Kind.BOUNCE for hit in hits)
    assert 0.26 < opened / 4000 < 0.40
    assert 0.07 < clicked / 4000 < 0.14
    assert 0.008 < bounced / 4000 < 0.03
