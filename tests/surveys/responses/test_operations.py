"""Answers are taken once per invitation, and may be changed."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Entry
from cs_platform.common.dead_letters import kind_of
from cs_platform.common.models import DeadLetter
from surveys.models import Answer, Response, Survey
from surveys.responses import operations
from tests import factories
from tests.factories import NOW
from tests.surveys import asking

pytestmark = pytest.mark.django_db


def test_answering_again_changes_the_answer_and_takes_back_what_is_left_empty() -> None:
    invited = asking.invitation()
    asking.answer(invited, recommend="3", improve="Fewer tabs.")

    asking.answer(invited, recommend="9", improve="")

    assert Response.objects.count() == 1
    assert list(Answer.objects.values_list("question__key", "number", "text")) == [("recommend", 9, "")]


def test_a_bad_answer_is_named_and_nothing_is_stored() -> None:
    invited = asking.invitation()

    with pytest.raises(operations.BadAnswer) as refusal:
        asking.answer(invited, recommend="11", onboarding="0", improve="x" * 5001)

    assert set(refusal.value.problems) == {"recommend", "onboarding", "improve"}
    assert not Response.objects.exists()


def test_a_required_question_wants_an_answer() -> None:
    with pytest.raises(operations.BadAnswer) as refusal:
        asking.answer(asking.invitation(), improve="All is well.")

    assert refusal.value.problems == {"recommend": "Choose an answer."}


def test_nothing_is_taken_once_the_invitation_is_closed() -> None:
    invited = asking.invitation()

    with pytest.raises(operations.Closed):
        asking.answer(invited, now=NOW + dt.timedelta(days=31), recommend="9")


def test_an_answer_outlives_a_timeline_that_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    invitation = asking.invitation()
    sound = operations.timeline.record
    monkeypatch.setattr(operations.timeline, "record", lambda *, entries: 1 / (len(entries) - 1))

    asking.answer(invitation, recommend="9", improve="Fewer tabs.")

    assert Answer.objects.filter(number=9).exists()
    letter = DeadLetter.objects.get(kind="surveys.timeline")
    monkeypatch.setattr(operations.timeline, "record", sound)
    retry = kind_of("surveys.timeline").retry
    assert retry is not None
    retry([letter.key])
    assert Entry.objects.get(source_key=f"response:{letter.key}").body == "Fewer tabs."


def test_names_of_any_length_keep_no_answer_out() -> None:
    person = factories.person(first_name="A" * 80, last_name="B" * 80)
    invitation = asking.invitation(member=factories.membership(person=person))
    Survey.objects.update(name="C" * 160)
    invitation.survey.refresh_from_db()

    asking.answer(invitation, recommend="9")

    subject = Entry.objects.get(kind="survey").subject
    assert (len(subject), subject[-4:]) == (250, "C: 9")


@pytest.mark.parametrize("typed", ["9" * 5000, "11", "-1", "1e1", "٩٩٩"])
def test_a_score_off_the_scale_is_refused_and_never_fails(typed: str) -> None:
    with pytest.raises(operations.BadAnswer):
        asking.answer(asking.invitation(), recommend=typed)


def test_text_that_the_database_refuses_is_dropped_and_the_rest_kept() -> None:
    asking.answer(asking.invitation(), recommend="9", improve="It just\0 wor\ud800ks")

    assert Answer.objects.get(question__key="improve").text == "It just works"
