"""Answers are taken once per invitation, and may be changed."""

from __future__ import annotations

import datetime as dt

import pytest

from surveys.models import Answer, Response
from surveys.responses import operations
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

    assert refusal.value.problems == {"recommend": "Please choose an answer."}


def test_nothing_is_taken_once_the_invitation_is_closed() -> None:
    invited = asking.invitation()

    with pytest.raises(operations.Closed):
        asking.answer(invited, now=NOW + dt.timedelta(days=31), recommend="9")
