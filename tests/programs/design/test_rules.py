"""What a program's document says in words, and what one version changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass
from programs.design.rules import (
    BadDocument,
    Document,
    Step,
    Trigger,
    as_json,
    changes,
    check,
    due_date,
    from_json,
    trigger_in_words,
)

DOCUMENT = Document(
    audience={"all": []},
    trigger=Trigger("contract_start", 0, 2),
    recipients=DEFAULT_POLICIES[MessageClass.ONBOARDING],
    sender=1,
    steps=(
        Step("hello", "email", "Hello", 0, template_version=1),
        Step("guide", "email", "The guide", 3, template_version=2),
    ),
)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 0, "Starts on the contract date"),
        (14, 14, "Starts 14 days after the contract date"),
        (1, 1, "Starts 1 day after the contract date"),
        (-120, -120, "Starts 120 days before the contract date"),
        (0, 2, "Starts on the contract date, or up to 2 days after"),
        (-3, 0, "Starts up to 3 days before the contract date, or on it"),
        (10, 15, "Starts 10 to 15 days after the contract date"),
        (-120, -110, "Starts 120 to 110 days before the contract date"),
        (-1, 5, "Starts from 1 day before to 5 days after the contract date"),
    ],
)
def test_a_trigger_in_words_says_when_an_account_enters(first: int, last: int, words: str) -> None:
    assert trigger_in_words(Trigger("contract_start", first, last), "contract date") == words


def test_a_version_that_says_the_same_changes_nothing() -> None:
    assert changes(DOCUMENT, replace(DOCUMENT)) == []


def test_a_change_of_the_whole_is_named() -> None:
    after = replace(
        DOCUMENT,
        audience={"any": []},
        trigger=Trigger("renewal", 0, 0),
        recipients=DEFAULT_POLICIES[MessageClass.NEWSLETTER],
        sender=2,
        send_hour=8,
        replies_to_csm=True,
        copies_csm=True,
        latest_days=7,
    )

    assert changes(DOCUMENT, after) == [
        "Audience changed",
        "Trigger changed",
        "Recipients changed",
        "Sender changed",
        "Send time changed",
        "Reply-to changed",
        "CSM copies changed",
        "Maximum lateness changed",
    ]


def test_a_document_is_read_as_it_was_written() -> None:
    document = replace(DOCUMENT, latest_days=9, copies_csm=True)

    assert from_json(as_json(document)) == document


def test_a_document_that_says_nothing_of_late_steps_has_the_patience_of_all() -> None:
    raw = as_json(replace(DOCUMENT, latest_days=9))
    del raw["latest_days"], raw["copies_csm"]

    assert from_json(raw) == DOCUMENT


def test_nobody_gets_a_copy_of_a_survey() -> None:
    survey = replace(DOCUMENT, recipients=DEFAULT_POLICIES[MessageClass.NPS], copies_csm=True)

    with pytest.raises(BadDocument) as refused:
        check(survey, anchors=["contract_start"])

    assert [problem.partition(":")[0] for problem in refused.value.problems] == ["copies_csm"]


@pytest.mark.parametrize("days", [-1, 366])
def test_a_patience_that_is_none_is_refused(days: int) -> None:
    with pytest.raises(BadDocument) as refused:
        check(replace(DOCUMENT, latest_days=days), anchors=["contract_start"])

    assert refused.value.problems == [f"latest_days: {days} must be 0 to 365"]


def test_a_step_that_came_or_went_is_named_by_its_title() -> None:
    after = replace(DOCUMENT, steps=(DOCUMENT.steps[0], Step("forum", "email", "The forum", 5, template_version=3)))

    assert changes(DOCUMENT, after) == ["“The forum” added", "“The guide” removed"]


def test_a_step_that_stayed_says_what_is_different() -> None:
    guide = replace(DOCUMENT.steps[1], title="A guide", day=4, template_version=9, only_if={"all": []})

    assert changes(DOCUMENT, replace(DOCUMENT, steps=(DOCUMENT.steps[0], guide))) == [
        "“A guide” renamed from “The guide”",
        "“A guide” moved from day 3 to day 4",
        "“A guide” has a new text",
        "“A guide” has another condition",
    ]


def test_steps_in_another_order_are_a_change() -> None:
    assert changes(DOCUMENT, replace(DOCUMENT, steps=DOCUMENT.steps[::-1])) == ["Order of the steps changed"]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (
            {"trigger": Trigger("birthday", 0, 2)},
            "trigger: 'birthday' isn’t a known anchor; use one of contract_start, renewal",
        ),
        ({"trigger": Trigger("renewal", 3, 2)}, "trigger: 3 to 2 isn’t a valid range of days"),
        ({"trigger": Trigger("renewal", -401, 0)}, "trigger: -401 to 0 isn’t a valid range of days"),
        ({"trigger": Trigger("renewal", 0, 801)}, "trigger: 0 to 801 isn’t a valid range of days"),
        ({"send_hour": 24}, "send_hour: 24 must be 0 to 23"),
        ({"send_hour": -1}, "send_hour: -1 must be 0 to 23"),
        ({"steps": ()}, "steps: add at least one step"),
    ],
)
def test_what_cannot_be_published_is_named_by_its_place(changed: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadDocument) as refused:
        check(replace(DOCUMENT, **changed), anchors=["renewal", "contract_start"])

    assert refused.value.problems == [problem]


@pytest.mark.parametrize(
    "changed",
    [
        {"send_hour": 0},
        {"send_hour": 23},
        {"trigger": Trigger("renewal", -400, 800)},
        {"trigger": Trigger("renewal", 5, 5)},
        {"latest_days": 0},
        {"latest_days": 365},
    ],
)
def test_what_is_at_the_edge_may_be_published(changed: dict[str, Any]) -> None:
    check(replace(DOCUMENT, **changed), anchors=["renewal", "contract_start"])


ASKS = Step("ask", "survey", "Ask", 9, template_version=3, survey_version=4)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        (replace(DOCUMENT.steps[1], key="hello"), "step 2 (The guide): the key 'hello' is already used"),
        (replace(DOCUMENT.steps[1], day=-1), "step 2 (The guide): day -1 is before the previous step"),
        (replace(DOCUMENT.steps[1], kind="fax"), "step 2 (The guide): 'fax' isn’t a step type; use email or survey"),
        (
            replace(DOCUMENT.steps[1], survey_version=4),
            "step 2 (The guide): survey steps need a survey, and other steps can’t have one",
        ),
        (ASKS, "step 2 (Ask): surveys need a program with message class NPS or CSAT"),
    ],
)
def test_a_step_that_cannot_be_is_named_by_its_number_and_title(step: Step, problem: str) -> None:
    with pytest.raises(BadDocument) as refused:
        check(replace(DOCUMENT, steps=(DOCUMENT.steps[0], step)), anchors=["contract_start"])

    assert refused.value.problems == [problem]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadDocument) as refused:
        check(replace(DOCUMENT, send_hour=99, steps=()), anchors=["contract_start"])

    assert [problem.partition(":")[0] for problem in refused.value.problems] == ["send_hour", "steps"]


@pytest.mark.parametrize(
    ("entered", "first", "second"),
    [
        (0, 10, 12),  # entered on the anchor's day: as planned
        (10, 10, 12),
        (13, 13, 15),  # three days late: the distances stay
        (-5, 10, 12),
    ],
)
def test_whoever_enters_late_keeps_the_distances(entered: int, first: int, second: int) -> None:
    steps = (Step("a", "email", "A", 10, template_version=1), Step("b", "email", "B", 12, template_version=2))
    document, anchor = replace(DOCUMENT, steps=steps), dt.date(2026, 2, 20)

    days = [
        due_date(step, document=document, anchor=anchor, entered=anchor + dt.timedelta(days=entered)) for step in steps
    ]

    assert days == [anchor + dt.timedelta(days=first), anchor + dt.timedelta(days=second)]


def test_the_steps_are_gone_through_in_their_order() -> None:
    first, second = DOCUMENT.steps

    assert (DOCUMENT.after(""), DOCUMENT.after("hello"), DOCUMENT.after("guide")) == (first, second, None)
    assert (DOCUMENT.step("guide"), DOCUMENT.step("nothing")) == (second, None)
