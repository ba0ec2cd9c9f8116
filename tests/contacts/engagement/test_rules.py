from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.engagement.rules.verdicts import JUDGED_AFTER, Hit, HitKind, Judged, VerdictKind, judge, judged_at

SENT_AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
OUTLOOK = "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.5266)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
MAC_MAIL = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
HUMAN, MACHINE, UNKNOWN = VerdictKind.HUMAN, VerdictKind.MACHINE, VerdictKind.UNKNOWN


def opened(hit_id: int, seconds: float, user_agent: str = CHROME, **facts: object) -> Hit:
    instant = SENT_AT + dt.timedelta(seconds=seconds)
    hit = Hit(hit_id, HitKind.OPEN, instant, user_agent=user_agent, ip_prefix="192.0.2")
    return replace(hit, **facts)  # type: ignore[arg-type]


def clicked(hit_id: int, seconds: float, link: int = 1, user_agent: str = CHROME, **facts: object) -> Hit:
    instant = SENT_AT + dt.timedelta(seconds=seconds)
    hit = Hit(hit_id, HitKind.CLICK, instant, link=link, user_agent=user_agent, ip_prefix="192.0.2")
    return replace(hit, **facts)  # type: ignore[arg-type]


def verdicts(*hits: Hit) -> dict[int, tuple[VerdictKind, str]]:
    return {judged.id: (judged.verdict, judged.rule) for judged in judge(hits, sent_at=SENT_AT)}


@pytest.mark.parametrize("user_agent", [CHROME, FIREFOX, OUTLOOK, IPHONE, "Dalvik/2.1 (Linux; Android 14; CUBOT X70)"])
def test_an_ordinary_open_and_click_are_human(user_agent: str) -> None:
    found = verdicts(opened(1, 3600, user_agent), clicked(2, 3620, user_agent=user_agent))
    assert found == {1: (HUMAN, "no_sign_of_a_machine"), 2: (HUMAN, "no_sign_of_a_machine")}


def test_a_display_through_gmail_or_yahoo_is_human() -> None:
    found = verdicts(opened(1, 300, GMAIL), opened(2, 400, "YahooMailProxy; https://help.yahoo.com"))
    assert found == {1: (HUMAN, "displayed_by_mail_proxy"), 2: (HUMAN, "displayed_by_mail_proxy")}


@pytest.mark.parametrize(
    ("hit", "rule"),
    [
        (clicked(1, 3600, is_honeypot=True), "hidden_link"),
        (clicked(1, 3600, method="HEAD"), "no_body_asked_for"),
        (clicked(1, 3600, method="options"), "no_body_asked_for"),
        (clicked(1, 3600, user_agent="Mozilla/5.0 (compatible; bingbot/2.0)"), "known_robot"),
        (clicked(1, 3600, user_agent="curl/8.5.0"), "known_robot"),
        (clicked(1, 3600, user_agent="python-requests/2.32"), "known_robot"),
        (clicked(1, 3600, user_agent="Barracuda Sentinel (EE)"), "known_robot"),
        (clicked(1, 3600, user_agent="Mozilla/5.0 HeadlessChrome/131.0"), "known_robot"),
        (opened(1, 1.99), "too_soon_after_sending"),
        (clicked(1, 0), "too_soon_after_sending"),
        (clicked(1, -5), "too_soon_after_sending"),
        (opened(1, 3600, "Mozilla/5.0"), "apple_mail_privacy"),
        (opened(1, 3600, MAC_MAIL), "apple_mail_privacy"),
        (opened(1, 3600, PREFETCH), "gmail_prefetch"),
    ],
)
def test_a_sure_sign_makes_a_hit_a_machines(hit: Hit, rule: str) -> None:
    assert verdicts(hit) == {1: (MACHINE, rule)}


def test_a_click_from_apple_mail_is_a_humans_though_its_open_is_not() -> None:
    assert verdicts(opened(1, 600, MAC_MAIL), clicked(2, 900, user_agent=IPHONE)) == {
        1: (MACHINE, "apple_mail_privacy"),
        2: (HUMAN, "no_sign_of_a_machine"),
    }


@pytest.mark.parametrize(
    ("hit", "rule"),
    [
        (opened(1, 2), "soon_after_sending"),
        (opened(1, 9.9), "soon_after_sending"),
        (clicked(1, 2), "soon_and_not_opened"),
        (clicked(1, 59.9), "soon_and_not_opened"),
        (opened(1, 3600, " "), "no_user_agent"),
        (clicked(1, 3600, user_agent=""), "no_user_agent"),
    ],
)
def test_a_weak_sign_makes_a_hit_unknown(hit: Hit, rule: str) -> None:
    assert verdicts(hit) == {1: (UNKNOWN, rule)}


@pytest.mark.parametrize("hit", [opened(1, 10), clicked(1, 60)])
def test_the_early_windows_end(hit: Hit) -> None:
    assert verdicts(hit)[1][0] is HUMAN


def test_somebody_who_reads_and_then_clicks_early_is_human() -> None:
    found = verdicts(opened(1, 20, GMAIL), clicked(2, 25))
    assert found[1][0] is HUMAN
    assert found[2][0] is HUMAN


@pytest.mark.parametrize("reading", [opened(1, 3), opened(1, 20, MAC_MAIL), opened(1, 30), opened(1, 26)])
def test_an_open_that_is_early_or_a_proxys_or_later_vouches_for_no_click(reading: Hit) -> None:
    assert verdicts(reading, clicked(2, 25))[2] == (UNKNOWN, "soon_and_not_opened")


def test_three_links_within_ten_seconds_are_a_scanners_work() -> None:
    found = verdicts(clicked(1, 100, link=1), clicked(2, 105, link=2), clicked(3, 110, link=3), clicked(4, 150, link=4))
    assert [found[each] for each in (1, 2, 3)] == [(MACHINE, "several_links_at_once")] * 3
    assert found[4][0] is HUMAN


def test_two_links_within_one_second_are_a_scanners_work() -> None:
    assert {each for each, _ in verdicts(clicked(1, 100, link=1), clicked(2, 101, link=2)).values()} == {MACHINE}
    assert {each for each, _ in verdicts(clicked(1, 100, link=1), clicked(2, 101.1, link=2)).values()} == {HUMAN}


def test_clicking_one_link_again_and_again_is_no_burst() -> None:
    assert {each for each, _ in verdicts(*(clicked(each, 100 + each) for each in range(9))).values()} == {HUMAN}


def test_loading_images_and_then_clicking_is_no_burst() -> None:
    found = verdicts(
        opened(1, 100), opened(2, 100.2), clicked(3, 100.5, link=1), opened(4, 101), clicked(5, 108, link=2)
    )
    assert {each for each, _ in found.values()} == {HUMAN}


def test_links_taken_from_changing_clients_within_seconds_are_unknown() -> None:
    sweep = [clicked(each, 100 + each, link=each, ip_prefix=f"198.51.{each}") for each in range(4)]
    assert set(verdicts(*sweep).values()) == {(UNKNOWN, "amid_several_links_at_once")}


def test_a_scanner_that_was_found_out_casts_no_doubt_on_a_person() -> None:
    scanner = [clicked(each, 100 + each, link=each, user_agent=FIREFOX, ip_prefix="203.0.113") for each in range(5)]
    found = verdicts(*scanner, clicked(9, 103, link=7))
    assert found[9][0] is HUMAN
    assert {found[each][0] for each in range(5)} == {MACHINE}


def test_whoever_falls_for_the_hidden_link_is_a_machine_in_everything_near() -> None:
    trap = clicked(1, 100, link=99, is_honeypot=True)
    found = verdicts(trap, opened(2, 60), clicked(3, 145), clicked(4, 145.1), clicked(5, 101, user_agent=FIREFOX))
    assert found[2] == found[3] == (MACHINE, "same_client_as_hidden_link")
    assert found[4][0] is HUMAN
    assert found[5][0] is HUMAN


def test_a_human_click_beside_a_scanners_click_on_another_network_stays_human() -> None:
    scanner = clicked(1, 12, user_agent=FIREFOX, ip_prefix="203.0.113")
    found = verdicts(scanner, clicked(2, 4000))
    assert found[1] == (UNKNOWN, "soon_and_not_opened")
    assert found[2][0] is HUMAN


def test_a_hit_settles_after_a_minute() -> None:
    assert judged_at(clicked(1, 5)) == SENT_AT + dt.timedelta(seconds=65)


def test_no_hits_have_no_verdicts() -> None:
    assert judge([], sent_at=SENT_AT) == ()


agents = st.sampled_from([CHROME, FIREFOX, IPHONE, MAC_MAIL, GMAIL, PREFETCH, "curl/8", ""])
hit_lists = st.lists(
    st.builds(
        Hit,
        id=st.just(0),
        kind=st.sampled_from(HitKind),
        occurred_at=st.integers(-20, 1800).map(lambda tenths: SENT_AT + dt.timedelta(seconds=tenths / 10)),
        link=st.integers(1, 4),
        method=st.sampled_from(["GET", "GET", "GET", "HEAD"]),
        user_agent=agents,
        ip_prefix=st.sampled_from([None, "192.0.2", "198.51.100"]),
        is_honeypot=st.sampled_from([False, False, False, False, True]),
    ),
    max_size=14,
).map(lambda hits: [replace(hit, id=number) for number, hit in enumerate(hits)])


def by_id(judged: tuple[Judged, ...]) -> dict[int, Judged]:
    return {each.id: each for each in judged}


@given(hit_lists, st.randoms())
def test_the_order_of_arrival_changes_no_verdict(hits: list[Hit], random: Random) -> None:
    shuffled = list(hits)
    random.shuffle(shuffled)
    assert by_id(judge(shuffled, sent_at=SENT_AT)) == by_id(judge(hits, sent_at=SENT_AT))


@given(hit_lists)
def test_every_hit_has_one_verdict_with_a_rule(hits: list[Hit]) -> None:
    judged = judge(hits, sent_at=SENT_AT)
    assert [each.id for each in judged] == [hit.id for hit in hits]
    assert all(0 < len(each.rule) <= 40 for each in judged)


@given(hit_lists)
def test_nothing_later_than_a_minute_after_a_hit_changes_its_verdict(hits: list[Hit]) -> None:
    final = by_id(judge(hits, sent_at=SENT_AT))
    for hit in hits:
        known = [other for other in hits if other.occurred_at <= hit.occurred_at + JUDGED_AFTER]
        assert by_id(judge(known, sent_at=SENT_AT))[hit.id] == final[hit.id]


@given(hit_lists)
def test_a_machines_signs_cannot_be_washed_off_by_company(hits: list[Hit]) -> None:
    together = by_id(judge(hits, sent_at=SENT_AT))
    for hit in hits:
        (alone,) = judge([hit], sent_at=SENT_AT)
        if alone.verdict is MACHINE:
            assert together[hit.id] == alone


def test_a_flood_of_hits_is_judged_in_one_pass() -> None:
    flood = [clicked(each, 100 + each / 1000, link=each % 7, is_honeypot=each % 50 == 0) for each in range(20_000)]
    assert {each.verdict for each in judge(flood, sent_at=SENT_AT)} == {MACHINE}
