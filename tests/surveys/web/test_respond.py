"""The page on which somebody answers."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import Any

import pytest
from django.test import Client

from contacts.delivery.selectors import tracking_key
from cs_platform.common import clock
from launcher.places import ROOT
from surveys.models import Answer, Response
from surveys.responses.models import Invitation
from surveys.responses.rules import seal_invitation
from tests import factories
from tests.factories import NOW
from tests.surveys import asking

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)


@pytest.fixture
def invited(db: None, today: None) -> Invitation:
    factories.user()
    factories.organisation(name="Keel Works")
    member = factories.membership(person=factories.person(first_name="Grace"))
    return asking.invitation(member=member)


def address(of: Invitation) -> str:
    return f"/s/{seal_invitation(tracking_key(), of.pk)}/"


def look(of: Invitation, **query: str) -> Any:
    return Client().get(address(of), query)


def answer(of: Invitation, **answers: str) -> Any:
    return Client(enforce_csrf_checks=True).post(address(of), answers, follow=True)


def numbers() -> list[int | None]:
    return list(Answer.objects.filter(question__key="recommend").values_list("number", flat=True))


def test_the_page_asks_every_question_and_names_who_asks(invited: Invitation) -> None:
    shown = look(invited).content.decode()

    assert "Grace, how are we doing?" in shown
    assert "Keel Works" in shown
    assert all(question.text in shown for question in asking.QUESTIONS)
    assert shown.count('type="radio"') == 11 + 5


def test_the_score_clicked_in_the_mail_is_chosen_and_not_yet_saved(invited: Invitation) -> None:
    shown = look(invited, score="9").content.decode()

    assert 'name="recommend" value="9" checked' in shown
    assert not Response.objects.exists()


@pytest.mark.parametrize("score", ["11", "-1", "x", "", "9999999", "٣"])
def test_a_score_that_is_none_chooses_nothing(invited: Invitation, score: str) -> None:
    shown = look(invited, score=score)

    assert shown.status_code == 200
    assert "checked" not in shown.content.decode()


def test_a_comment_is_kept_without_what_the_database_refuses(invited: Invitation) -> None:
    shown = answer(invited, recommend="9", improve="It just\0 works", **{"more\0": "\0"})

    assert shown.status_code == 200
    assert "It just works" in Answer.objects.values_list("text", flat=True)
    assert look(invited, score="\0", thanks="\0", change="\0").status_code == 200


def test_sending_saves_the_answer_and_says_thank_you(invited: Invitation) -> None:
    shown = answer(invited, recommend="9", improve="Fewer tabs.").content.decode()

    assert "Thank you, Grace" in shown
    assert numbers() == [9]


def test_an_answer_may_be_changed_until_the_survey_closes(invited: Invitation) -> None:
    answer(invited, recommend="3", improve="Fewer tabs.")
    before = look(invited, change="").content.decode()

    answer(invited, recommend="8")

    assert 'value="3" checked' in before
    assert "Fewer tabs." in before
    assert numbers() == [8]


def test_whoever_comes_back_hears_that_the_answer_is_there(invited: Invitation) -> None:
    answer(invited, recommend="9")

    assert "You already responded" in look(invited).content.decode()
    assert 'value="2" checked' in look(invited, score="2").content.decode()
    assert numbers() == [9]


def test_a_mistake_loses_nothing_that_was_typed(invited: Invitation) -> None:
    refused = answer(invited, onboarding="4", improve="Fewer tabs.")

    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "Choose an answer." in shown
    assert "Fewer tabs." in shown
    assert 'name="onboarding" value="4" checked' in shown
    assert not Response.objects.exists()


def test_what_was_typed_is_shown_as_text_and_never_as_markup(invited: Invitation) -> None:
    shown = answer(invited, improve="</textarea><script>x</script>").content.decode()

    assert "<script" not in shown


def test_a_closed_survey_says_until_when_it_was_open(invited: Invitation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + 31 * DAY)

    for shown in (look(invited), answer(invited, recommend="9")):
        assert shown.status_code == 410
        assert "It closed on 1 April 2026" in shown.content.decode()
    assert not Response.objects.exists()


@pytest.mark.parametrize("token", ["x", "A" * 27, "=", "é"])
def test_a_token_we_did_not_seal_leads_to_a_page_that_helps(invited: Invitation, token: str) -> None:
    shown = Client().get(f"/s/{token}/")

    assert shown.status_code == 404
    assert "This link is incomplete" in shown.content.decode()


def test_the_page_carries_no_script_sets_no_cookie_and_is_kept_from_search_engines(invited: Invitation) -> None:
    shown = look(invited)

    assert "<script" not in shown.content.decode()
    assert not shown.cookies
    assert (shown["X-Robots-Tag"], shown["Cache-Control"]) == ("noindex", "no-store")


def test_the_page_and_its_style_weigh_less_than_35_kilobytes(invited: Invitation) -> None:
    page = gzip.compress(look(invited).content)
    styles = [gzip.compress(path.read_bytes()) for path in (ROOT / "frontend/dist/assets").glob("main-*.css")]

    assert styles
    assert len(page) + max(len(style) for style in styles) < 35 * 1024
