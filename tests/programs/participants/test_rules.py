"""A participant's reason is a sentence."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.recipients.rules import Reason
from programs.participants.rules import (
    OURS,
    SKIPPING,
    Fate,
    KnownEvent,
    Lineage,
    beginning_on,
    day_after_writing,
    due_instant,
    entry_key,
    event_key,
    fates,
    is_too_late,
    new_event_key,
    occurrence,
    planned_instant,
    reason_in_words,
    row_on,
    term_end_on,
)


@pytest.mark.parametrize("code", [*OURS, *Reason])
def test_every_reason_is_a_whole_sentence(code: str) -> None:
    words = reason_in_words(code)

    assert words[0].isupper()
    assert words.endswith(".")
    assert "_" not in words


def test_a_reason_without_words_stays_readable() -> None:
    assert reason_in_words("moon_was_full") == "Moon was full."
    assert reason_in_words("") == ""


STEPS = ("a", "b", "c", "d")


def test_whoever_is_inside_has_steps_behind_a_next_one_and_steps_to_come() -> None:
    found = fates(STEPS, written={"a"}, skipped={"b"}, at="c", is_inside=True)

    assert found == [Fate.WRITTEN, Fate.SKIPPED, Fate.NEXT, Fate.TO_COME]


def test_whoever_left_never_reaches_the_steps_behind() -> None:
    found = fates(STEPS, written={"a"}, skipped=(), at="b", is_inside=False)

    assert found == [Fate.WRITTEN, Fate.LEFT, Fate.NOT_REACHED, Fate.NOT_REACHED]


def test_whoever_came_through_left_nowhere() -> None:
    assert fates(("a", "b"), written={"a", "b"}, skipped=(), at="b", is_inside=False) == [Fate.WRITTEN, Fate.WRITTEN]


def test_a_step_that_was_passed_by_without_a_trace_was_not_reached() -> None:
    found = fates(STEPS, written=(), skipped=(), at="c", is_inside=True)

    assert found == [Fate.NOT_REACHED, Fate.NOT_REACHED, Fate.NEXT, Fate.TO_COME]


@given(st.sampled_from(["contract_start", "first_value_or_day_90"]), st.dates())
def test_a_reason_gives_its_event_back(anchor: str, day: dt.date) -> None:
    key = entry_key(anchor, day.isoformat())

    assert event_key(key) == day.isoformat()
    assert occurrence(key, about_account=17) == f"{anchor}:{day.isoformat()}:a17"
    assert occurrence(key, about_account=None) == f"{anchor}:{day.isoformat()}"


def test_whoever_did_not_enter_reached_nothing() -> None:
    assert set(fates(STEPS, written=(), skipped=(), at="", is_inside=False)) == {Fate.NOT_REACHED}


def test_what_skips_a_step_has_words_for_it() -> None:
    assert set(OURS) >= SKIPPING


def at(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        ("2026-03-02", "UTC", "2026-03-02T09:00"),
        ("2026-03-02", "Asia/Tokyo", "2026-03-02T00:00"),
        ("2026-03-02", "America/Los_Angeles", "2026-03-02T17:00"),
        ("2026-03-09", "America/Los_Angeles", "2026-03-09T16:00"),  # an hour earlier since the clocks changed
        ("2026-03-02", "Pacific/Auckland", "2026-03-01T20:00"),
        ("2024-02-29", "Europe/Lisbon", "2024-02-29T09:00"),
        ("2026-03-02", "Mars/Olympus", "2026-03-02T09:00"),
        ("2026-03-02", "", "2026-03-02T09:00"),
    ],
)
def test_a_step_is_planned_for_the_readers_own_morning(day: str, zone: str, instant: str) -> None:
    planned = planned_instant(dt.date.fromisoformat(day), hour=9, zone=zone)

    assert planned.isoformat() == f"{instant}:00+00:00"


def test_a_morning_that_has_passed_is_now() -> None:
    assert due_instant(dt.date(2026, 3, 2), hour=9, zone="UTC", now=at(2, 15)) == at(2, 15)
    assert due_instant(dt.date(2026, 3, 3), hour=9, zone="UTC", now=at(2, 15)) == at(3)


@pytest.mark.parametrize(
    ("now", "is_late"), [(at(1), False), (at(2), False), (at(5), False), (at(5, 10), True), (at(31), True)]
)
def test_a_step_is_left_out_once_its_patience_is_over(now: dt.datetime, is_late: bool) -> None:
    assert is_too_late(at(2), latest_days=3, resumed=None, now=now) is is_late


def test_what_fell_due_in_a_pause_is_owed_since_its_end() -> None:
    assert not is_too_late(at(2), latest_days=3, resumed=at(20), now=at(22))
    assert is_too_late(at(2), latest_days=3, resumed=at(20), now=at(24))
    assert not is_too_late(at(22), latest_days=3, resumed=at(20), now=at(24))


@pytest.mark.parametrize(
    ("planned", "due", "now", "expected"),
    [
        (6, at(3), at(3), 6),  # on time
        (6, at(3), at(3, 20), 6),  # some hours late
        (6, at(3), at(5), 8),  # two days late: three days from now
        (12, at(3), at(5), 12),  # as planned, which is further away
        (6, at(3), at(4, 8), 6),  # less than a day late
        (6, at(3), at(4), 7),  # a day late
    ],
)
def test_the_next_step_keeps_its_distance(planned: int, due: dt.datetime, now: dt.datetime, expected: int) -> None:
    day = day_after_writing(dt.date(2026, 3, planned), gap=3, due=due, now=now, zone="UTC")

    assert day == dt.date(2026, 3, expected)


@given(
    st.integers(0, 30), st.integers(0, 40 * 24), st.integers(0, 60), st.sampled_from(["UTC", "Asia/Tokyo", "US/Hawaii"])
)
def test_the_next_step_is_never_before_its_plan_nor_nearer_than_its_gap(
    gap: int, hours_late: int, ahead: int, zone: str
) -> None:
    due, planned = at(3), dt.date(2026, 3, 3) + dt.timedelta(days=ahead)
    now = due + dt.timedelta(hours=hours_late)

    day = day_after_writing(planned, gap=gap, due=due, now=now, zone=zone)

    assert day >= planned
    assert dt.datetime.combine(day, dt.time(9), dt.UTC) - now > dt.timedelta(days=gap - 2)


DAY_ONE = dt.date(2026, 3, 2)


def seen(days: list[int]) -> KnownEvent:
    """Let an event's date be seen on these days one after the other, as runs do; return it as it is known at last."""
    event = KnownEvent("2026-03-02", DAY_ONE)
    for days_on in days:
        day = DAY_ONE + dt.timedelta(days=days_on)
        found = beginning_on(day, [event], ())
        assert found == event
        event = replace(event, date=day)
    return event


@given(st.lists(st.integers(-85, 85), max_size=8))
def test_a_beginning_that_moves_by_less_than_half_a_year_stays_itself(days: list[int]) -> None:
    assert seen(days).key == "2026-03-02"


@given(st.integers(-800, 179))
def test_a_term_without_lines_stays_itself_within_half_a_year(days: int) -> None:
    event = KnownEvent("2026-03-02", DAY_ONE)

    assert term_end_on(DAY_ONE + dt.timedelta(days=days), 7, [event], ()) == event
    assert term_end_on(DAY_ONE + dt.timedelta(days=180), 7, [event], ()) is None


@given(st.integers(20, 400), st.integers(-9, 9))
def test_the_next_term_is_another_event_however_short_and_corrected(length: int, days: int) -> None:
    event = KnownEvent("2026-03-02", DAY_ONE, subject=7)
    ended = DAY_ONE + dt.timedelta(days=days)
    lineage = Lineage(frozenset({7}), DAY_ONE, (ended, ended + dt.timedelta(days=length)))

    assert term_end_on(lineage.ends[1], 7, [event], [lineage]) is None
    # And the same one as long as nothing follows it.
    assert term_end_on(ended, 7, [event], [replace(lineage, ends=(ended,))]) == event


def test_a_row_that_was_entered_anew_is_the_event_of_the_one_before() -> None:
    event = KnownEvent("2026-03-02", DAY_ONE, subject=7)
    later = DAY_ONE + dt.timedelta(days=9)

    assert row_on(later, 8, [event], standing=()) == event
    assert row_on(later, 8, [event], standing={7}) is None
    assert row_on(later, 7, [event], standing={7}) == event


def test_two_events_of_one_day_have_two_keys() -> None:
    assert new_event_key(DAY_ONE, ()) == "2026-03-02"
    assert new_event_key(DAY_ONE, {"2026-03-02", "2026-03-02-2"}) == "2026-03-02-3"
