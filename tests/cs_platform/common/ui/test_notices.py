from __future__ import annotations

import datetime as dt

from django.template import Context, Template


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def test_a_figure_opens_to_its_rows() -> None:
    assert '<a class="figure-value opens" href="/rows/">' in render("{% figure 'Delivered' '98.7%' href='/rows/' %}")


def test_a_figure_without_rows_is_no_link() -> None:
    assert "<a " not in render("{% figure 'Delivered' '98.7%' %}")


def test_a_figure_shows_change_trend_and_definition() -> None:
    drawn = render(
        "{% delta 3 as change %}{% figure 'Opened' '68%' change=change trend=trend definition='Who opened.' %}",
        trend=[1, 2, 3],
    )

    assert "+3%" in drawn
    assert "What is “Opened”?" in drawn
    assert drawn.count("<svg") == 3  # the sign of the definition, the arrow, the trend


def test_a_definition_says_how_old_its_data_is() -> None:
    drawn = render("{% define 'GRR' 'ARR kept.' as_of=day source='Contract lines' %}", day=dt.date(2026, 11, 20))

    assert "Contract lines · Data up to 20 Nov 2026" in drawn


def test_an_empty_list_offers_one_thing_to_do() -> None:
    drawn = render("{% empty_state 'No surveys yet.' 'Start from the NPS template.' '/new/' 'Add a survey' %}")

    assert 'href="/new/">Add a survey</a>' in drawn


def test_the_steps_of_a_funnel_have_shares_of_the_first_and_of_the_one_before() -> None:
    drawn = render("{% funnel steps %}", steps=[("Sent", 200), ("Delivered", 150), ("Opened", 30)])

    assert 'title="30 of 200">15.0%' in drawn
    assert 'title="30 of 150">20.0%' in drawn
