"""The metrics pages: what they show, to whom, and that every figure opens to the rows it is made of."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Account, User
from tests import factories
from tests.fixtures import Browser
from tests.metrics.web.builders import YEAR, customers, rows_of, sums
from tests.metrics.worlds import moved

pytestmark = pytest.mark.django_db

OVERVIEW, VALUE = f"/metrics/?{YEAR}", f"/metrics/time-to-value/?{YEAR}"
RETENTION, REASONS = f"/metrics/retention/?{YEAR}&level=account", f"/metrics/reasons/?{YEAR}"
PAGES = (OVERVIEW, VALUE, RETENTION, REASONS)
ROWS = (
    f"/metrics/time-to-value/rows/?{YEAR}",
    f"/metrics/retention/rows/?{YEAR}",
    f"/metrics/retention/rows/?{YEAR}&level=subscription",
    f"/metrics/retention/bridge/?{YEAR}",
    f"/metrics/reasons/rows/?{YEAR}&side=churn",
    f"/metrics/reasons/losses/?{YEAR}",
)
# Always: the user, permissions, the organisation. Then what the page needs: rates, lines, parents and which may be
# seen, lineages; deliveries; milestones; names.
QUERIES = (10, 5, 11, 9, 6, 8, 9, 8, 9, 7)


@pytest.fixture
def ada_sees(browser_of: Browser, ada: User) -> Client:
    customers()
    return browser_of(ada)


def test_every_page_asks_as_often_as_it_always_did(ada_sees: Client, django_assert_num_queries) -> None:
    ada_sees.get("/healthz")  # a new server asks once whether anybody is set up

    for address, number in zip((*PAGES, *ROWS), QUERIES, strict=True):
        with django_assert_num_queries(number, info=address):
            assert ada_sees.get(address).status_code == 200


@pytest.mark.parametrize("address", [*PAGES, *ROWS])
def test_a_stranger_sees_no_figure(address: str, browser_of: Browser, eve: User) -> None:
    assert browser_of(eve).get(address).status_code == 403


def test_every_fragment_is_a_part_of_its_page(browser_of: Browser, ada: User) -> None:
    customers()
    whole, part = browser_of(ada), browser_of(ada, htmx=True)
    for address in (*PAGES, *ROWS):
        page, fragment = (client.get(address).content.decode() for client in (whole, part))

        assert 'id="results"' in fragment, address
        assert "<html" not in fragment, address
        assert fragment.strip() in page, address


def test_a_colleague_without_the_permission_finds_no_public_sector(browser_of: Browser, ada: User, ben: User) -> None:
    customers()
    Account.objects.filter(name="clicked 3").update(is_pubsec=True)

    for address in ROWS:
        seen = ["clicked 3" in str(rows_of(browser_of(user), address)) for user in (ada, ben)]
        assert seen == [True, False], address


def test_the_retention_page_shows_what_its_rows_add_up_to(ada_sees: Client) -> None:
    figures = ada_sees.get(RETENTION).context["figures"].latest
    rows = rows_of(ada_sees, f"/metrics/retention/rows/?{YEAR}&level=account")

    assert sums(rows, "ARR Feb 2025", "Kept", "ARR Feb 2026") == [figures.before, figures.kept, figures.after]
    assert [figures.before, figures.kept, figures.after] == [6_300, 4_560, 5_610]
    assert (len(rows), sum(row["What happened"] == "Churn" for row in rows)) == (figures.logos, figures.logos_lost)


def test_rows_say_below_them_what_they_add_up_to(ada_sees: Client) -> None:
    figures = ada_sees.get(RETENTION).context["figures"].latest

    listing = ada_sees.get(f"/metrics/retention/rows/?{YEAR}&level=account").context["listing"]

    totals = {column.label: total for column, total in listing.totals}
    assert [totals["ARR Feb 2025"], totals["Kept"], totals["ARR Feb 2026"]] == [
        figures.before,
        figures.kept,
        figures.after,
    ]
    assert dict(totals["What happened"])["Churn"] == figures.logos_lost
    assert totals["Account"] is None


def test_every_cell_of_a_split_opens_to_rows_that_come_to_it(ada_sees: Client) -> None:
    split = ada_sees.get(RETENTION).context["split"]
    gross = next(line for line in split.lines if line.label == "Gross dollar retention")

    for cell in gross.cells:
        before, kept = sums(rows_of(ada_sees, cell.href), "ARR Feb 2025", "Kept")
        assert cell.value == f"{100 * kept / before:.1f}%"
        assert cell.note == f"${kept:,.0f} of ${before:,.0f}"


def test_the_share_within_the_goal_opens_to_its_denominator(ada_sees: Client) -> None:
    cell = ada_sees.get(VALUE).context["cells"][1]
    rows = rows_of(ada_sees, cell.href)

    within = [row for row in rows if row["Goal 30 days"] == "Within the goal"]

    assert cell.value == "50.0%"
    assert cell.note == f"{len(within)} of {len(rows)} old enough"


def test_the_reasons_open_to_the_changes_they_are_made_of(ada_sees: Client) -> None:
    page = ada_sees.get(REASONS).context

    for side in page["sides"]:
        for part in side.parts:
            (change,) = sums(rows_of(ada_sees, part.href), "Change")
            assert abs(change) == part.amount
    assert [(part.label, part.percent) for part in page["losses"].parts] == [
        ("Loss of Budget", Decimal("75.0")),
        ("Lack of Engagement / Sponsor", Decimal("25.0")),
    ]
    assert sums(rows_of(ada_sees, page["losses"].parts[1].href), "For Lack of Engagement / Sponsor") == [300]


def test_the_bridge_of_a_month_opens_to_the_accounts_that_changed(ada_sees: Client) -> None:
    month, address = next(
        (month, address) for month, address in ada_sees.get(RETENTION).context["bridge"] if month.parts.total
    )

    rows = rows_of(ada_sees, address)

    changed = sum((Decimal(row["Ending"]) - Decimal(row["Beginning"]) for row in rows), Decimal(0))
    assert changed == month.change == month.parts.total
    assert {row["Account"] for row in rows}.isdisjoint({"clicked 1", "clicked 4"})


def test_filters_narrow_figures_and_rows_alike(ada_sees: Client) -> None:
    moved(1_000, 10, account=factories.account(segment="tech_touch"))

    all_of_them, scale = (
        ada_sees.get(f"{RETENTION}{more}").context["figures"].latest for more in ("", "&segment=scale")
    )

    assert (all_of_them.before, scale.before) == (7_300, 6_300)
    assert len(rows_of(ada_sees, f"/metrics/retention/rows/?{YEAR}&level=account&segment=tech_touch")) == 1


def test_fewer_than_five_are_too_few_for_a_figure(browser_of: Browser, ada: User) -> None:
    for _ in range(4):
        moved(100, 50)

    page = browser_of(ada).get(RETENTION)

    assert "Too few" in page.content.decode()
    assert [cell.value for cell in page.context["cells"]] == ["Too few"] * 3
    assert all(cell.is_too_few for line in page.context["split"].lines for cell in line.cells)


@pytest.mark.parametrize("address", [f"/metrics/?{YEAR}", VALUE, RETENTION, REASONS])
def test_a_page_without_data_says_so_and_does_not_break(address: str, browser_of: Browser, ada: User) -> None:
    assert browser_of(ada).get(address).status_code == 200


def test_a_wrong_date_is_named_and_nothing_is_lost(ada_sees: Client) -> None:
    shown = ada_sees.get("/metrics/retention/?from=31.01.2026&to=2026-02-28&segment=scale&level=account")

    assert "From is no date: “31.01.2026”. Write it as 2026-01-31." in shown.content.decode()
    assert shown.context["asked"].population.segment == "scale"


def test_days_the_wrong_way_round_are_named(ada_sees: Client) -> None:
    shown = ada_sees.get("/metrics/?from=2026-02-01&to=2026-01-01").content.decode()

    assert "From (2026-02-01) lies behind To (2026-01-01)." in shown


def test_the_unfinished_month_is_left_out(ada_sees: Client) -> None:
    ends = [
        end.isoformat()
        for end, _ in ada_sees.get("/metrics/retention/?from=2025-12-01&to=2026-02-27").context["figures"].months
    ]

    assert ends == ["2025-12-31", "2026-01-31"]


def test_figures_can_be_asked_as_known_on_a_day(ada_sees: Client) -> None:
    shown = ada_sees.get(f"{RETENTION}&known=2019-12-30")

    assert shown.context["figures"].latest.before == 0
    assert "known on 30 Dec 2019" in re.sub(r"\s+", " ", shown.content.decode())


def test_an_export_runs_nothing_in_a_spreadsheet(browser_of: Browser, ada: User) -> None:
    moved(100, 50, account=factories.account(name='=HYPERLINK("https://evil.example")'))

    (row,) = rows_of(browser_of(ada), f"/metrics/retention/rows/?{YEAR}")

    assert row["Parent"] == '\'=HYPERLINK("https://evil.example")'
    assert row["Change"] == "-50.00"


def test_rows_are_sorted_searched_and_paged(ada_sees: Client) -> None:
    address = f"/metrics/retention/rows/?{YEAR}&level=account"

    def first(more: str) -> str:
        return str(ada_sees.get(f"{address}{more}").context["page"][0].name)

    assert first("&sort=-before").endswith(" 5")
    assert first("&sort=before").endswith(" 0")
    assert ada_sees.get(f"{address}&q=CLICKED").context["page"].paginator.count == 6
    assert "Nothing matches." in ada_sees.get(f"{address}&q=nobody").content.decode()
    assert ada_sees.get(f"{address}&page=99").status_code == 200


def test_every_key_figure_has_its_definition_its_source_and_its_day(ada_sees: Client) -> None:
    shown = ada_sees.get(RETENTION).content.decode()

    assert "Sums are divided, percentages never averaged" in shown
    assert "GitLab handbook, Customer Success vision · Data up to 28 Feb 2026" in shown
    assert "An association, not a cause" in shown


def test_the_overview_brings_the_reasons_as_a_part_of_their_page(browser_of: Browser, ada: User) -> None:
    customers()

    part = browser_of(ada, htmx=True).get(f"{REASONS}&part=summary").content.decode()

    assert part.strip().startswith("<section")
    assert "Why ARR was lost and gained" in part
