"""Whose figures, and how far programs got to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from metrics.population.rules import Reach, furthest, is_too_few
from metrics.population.selectors import Period, reach_in
from tests import factories
from tests.metrics.worlds import mail

APRIL = (dt.date(2025, 4, 1), dt.date(2025, 4, 30))


def test_a_family_is_reached_as_far_as_its_best_member() -> None:
    assert furthest([Reach.DELIVERED, Reach.CLICKED, Reach.NOT_REACHED]) is Reach.CLICKED
    assert furthest([]) is Reach.NOT_REACHED


def test_four_are_too_few_and_five_are_enough() -> None:
    assert is_too_few(4)
    assert not is_too_few(5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "clicked", "fate", "reach"),
    [
        ("2025-04-01", "2025-04-30", {}, Reach.CLICKED),
        ("2025-04-30", None, {}, Reach.DELIVERED),
        ("2025-04-30", "2025-05-01", {}, Reach.DELIVERED),
        ("2025-03-31", "2025-04-01", {}, Reach.NOT_REACHED),
        ("2025-05-01", "2025-05-01", {}, Reach.NOT_REACHED),
        ("2025-04-10", None, {"bounced": True}, Reach.NOT_REACHED),
        ("2025-04-10", None, {"state": "uncertain"}, Reach.NOT_REACHED),
    ],
)
def test_a_period_counts_what_was_sent_and_clicked_in_it(
    sent: str, clicked: str | None, fate: dict[str, Any], reach: Reach
) -> None:
    account = factories.account()
    click = dt.date.fromisoformat(clicked) if clicked else None
    mail(account, on=dt.date.fromisoformat(sent), clicked_on=click, **fate)

    assert reach_in([Period(account.pk, *APRIL)]) == [reach]


@pytest.mark.django_db
def test_answers_stand_in_the_order_of_the_questions() -> None:
    account = factories.account()
    mail(account, on=APRIL[0])
    march = Period(account.pk, dt.date(2025, 3, 1), dt.date(2025, 3, 31))

    assert reach_in([march, Period(account.pk, *APRIL), march]) == [
        Reach.NOT_REACHED, Reach.DELIVERED, Reach.NOT_REACHED,
    ]  # fmt: skip
    assert reach_in([]) == []
