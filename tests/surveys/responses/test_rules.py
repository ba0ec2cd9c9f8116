from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.responses.rules import (
    FollowUp,
    NpsGroup,
    csat,
    follow_up,
    nps,
    nps_group,
    response_rate,
    rounded,
)

scores = st.lists(st.integers(0, 10), max_size=60)


@pytest.mark.parametrize("score", range(11))
def test_an_answer_has_its_group(score: int) -> None:
    groups = "ddddddd" + "aa" + "pp"
    expected = {"d": NpsGroup.DETRACTOR, "a": NpsGroup.PASSIVE, "p": NpsGroup.PROMOTER}[groups[score]]
    assert nps_group(score) is expected


@pytest.mark.parametrize("score", [-1, 11])
def test_an_answer_off_the_scale_is_an_error(score: int) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        nps_group(score)


def test_nps_of_10_9_8_6_is_25() -> None:
    result = nps([10, 9, 8, 6])
    assert (result.promoters, result.passives, result.detractors) == (2, 1, 1)
    assert result.score == 25
    assert result.is_small


def test_nps_is_unrounded_and_shown_rounded() -> None:
    result = nps([10, 0, 0])
    assert result.score == Fraction(-100, 3)
    assert rounded(Fraction(-100, 3)) == -33


def test_no_answers_have_no_score() -> None:
    assert nps([]).score is None
    assert nps([]).margin is None
    assert csat([]).score is None
    assert csat([]).mean is None


def test_the_margin_follows_the_formula() -> None:
    margin = nps([10, 9, 8, 6]).margin
    assert margin == pytest.approx(100 * 1.96 * math.sqrt((3 / 4 - (1 / 4) ** 2) / 4))


def test_a_unanimous_answer_has_no_margin() -> None:
    assert nps([10] * 30).margin == 0
    assert not nps([10] * 30).is_small


@given(scores.filter(bool))
def test_nps_stays_in_its_range_and_shrinks_its_margin(answers: list[int]) -> None:
    result, fourfold = nps(answers), nps(answers * 4)
    assert result.score is not None
    assert -100 <= result.score <= 100
    assert result.score == fourfold.score
    assert result.margin == pytest.approx(2 * (fourfold.margin or 0))


@given(scores.filter(bool))
def test_nps_is_the_mean_of_minus_one_nought_and_one(answers: list[int]) -> None:
    signs = [(answer >= 9) - (answer <= 6) for answer in answers]
    assert nps(answers).score == Fraction(100 * sum(signs), len(signs))


def test_csat_of_5_5_4_3_1_is_60() -> None:
    result = csat([5, 5, 4, 3, 1])
    assert result.score == 60
    assert result.mean == Fraction(18, 5)


@pytest.mark.parametrize("answer", [0, 6])
def test_a_satisfaction_off_the_scale_is_an_error(answer: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        csat([5, answer])


def test_the_response_rate_is_over_what_was_delivered() -> None:
    assert response_rate(submitted=1, delivered=3) == Fraction(1, 3)
    assert response_rate(submitted=0, delivered=0) is None


@pytest.mark.parametrize(("submitted", "delivered"), [(2, 1), (-1, 3), (0, -1)])
def test_an_impossible_response_rate_is_an_error(submitted: int, delivered: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        response_rate(submitted=submitted, delivered=delivered)


@pytest.mark.parametrize(
    ("value", "shown"), [("1/2", 1), ("-1/2", -1), ("49/100", 0), ("-5/2", -3), ("5/2", 3), ("7", 7)]
)
def test_halves_are_shown_away_from_nought(value: str, shown: int) -> None:
    assert rounded(Fraction(value)) == shown


@pytest.mark.parametrize(
    ("nps_score", "csat_answer", "who"),
    [
        (6, None, FollowUp.MANAGER),
        (7, None, FollowUp.CSM),
        (None, 3, FollowUp.MANAGER),
        (None, 4, FollowUp.CSM),
        (10, 2, FollowUp.MANAGER),
        (0, 5, FollowUp.MANAGER),
        (8, 5, FollowUp.CSM),
        (None, None, None),
    ],
)
def test_an_unhappy_answer_goes_to_the_manager(
    nps_score: int | None, csat_answer: int | None, who: FollowUp | None
) -> None:
    assert follow_up(nps_score=nps_score, csat_answer=csat_answer) is who
