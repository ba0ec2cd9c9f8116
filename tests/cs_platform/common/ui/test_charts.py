from __future__ import annotations

import pytest
from django.template import Context, Template

from cs_platform.common.ui import charts
from cs_platform.common.ui.charts import Chart

CHART: Chart = {
    "finding": "Opens rose.",
    "x": ["2026-11-01", "2026-11-02"],
    "series": [
        {"name": "Opened", "data": [10, 12.25]},
        {"name": "Control group", "data": [9, None], "colour": 6, "dashed": True},
    ],
}


def test_the_table_says_what_the_chart_shows() -> None:
    assert charts.chart(CHART)["rows"] == [("2026-11-01", ["10", "9"]), ("2026-11-02", ["12.2", "–"])]


def test_the_file_has_the_numbers_as_they_are_with_their_unit() -> None:
    assert charts.as_csv({**CHART, "form": "percent"}, "Day").lstrip("\ufeff").splitlines() == [
        'Day,"Opened, %","Control group, %"',
        "2026-11-01,10,9",
        "2026-11-02,12.25,",
    ]
    assert charts.chart(CHART, name="opens")["file"] == "opens.csv"
    assert charts.chart(CHART)["csv"].endswith(
        "Day%2COpened%2CControl%20group%0D%0A2026-11-01%2C10%2C9%0D%0A2026-11-02%2C12.25%2C%0D%0A"
    )


def test_the_finding_is_for_readers_and_not_for_the_library() -> None:
    made = charts.chart(CHART)

    assert made["finding"] == "Opens rose."
    assert "finding" not in made["spec"]


@pytest.mark.parametrize(("form", "shown"), [("number", "1,234.5"), ("percent", "1234.5%"), ("money", "$1,234")])
def test_values_are_written_in_the_form_of_the_chart(form: str, shown: str) -> None:
    assert charts.written(1234.5, {**CHART, "form": form}) == shown  # type: ignore[typeddict-item]


def test_a_legend_has_the_colours_of_the_series() -> None:
    assert charts.legend(CHART)["entries"] == [("Opened", "s1", False), ("Control group", "s6", True)]


@pytest.mark.parametrize(
    ("share", "css"),
    [(None, "heat"), (0, "heat heat-0"), (0.55, "heat heat-6"), (1, "heat heat-10"), (7, "heat heat-10")],
)
def test_a_cohort_cell_has_one_of_eleven_steps(share: float | None, css: str) -> None:
    assert charts.heat(share) == css


def test_data_with_markup_in_it_cannot_leave_its_script() -> None:
    evil: Chart = {**CHART, "series": [{"name": "</script><b>", "data": [1, 2]}]}

    page = Template("{% chart chart %}").render(Context({"chart": evil}))

    assert "</script><b>" not in page
    assert '<script type="application/json">' in page
