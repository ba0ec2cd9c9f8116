"""The metrics pages: what they show, to whom, and that every figure opens to the rows it is made of."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, FxRate, User
from cs_platform.common import clock
from tests import factories
from tests.factories import LONG_AGO
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
    f"/metrics/reasons/reconciled/?{YEAR}",
)
# Always: the user, permissions, the organization, and whether something changed. Then what the page needs: sums or
# rows with their count, totals and tallies; names; milestones and deliveries.
QUERIES = "10 5 10 9 12 12 12 10 12 12 11"


@pytest.fixture
def ada_sees(browser_of: Browser, ada: User) -> Client:
    customers()
    return browser_of(ada)


def test_every_page_asks_as_often_as_it_always_did(ada_sees: Client) -> None:
    ada_sees.get(OVERVIEW)  # what changed is added up once; a new server asks once whether anybody is set up
    asked = []
    for address in (*PAGES, *ROWS):
        with CaptureQueriesContext(connection) as queries:
            assert ada_sees.get(address).status_code == 200
        asked.append(len(queries))

    assert " ".join(map(str, asked)) == QUERIES


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
    assert cell.note == f"{len(within)} of {len(rows)} past day 30"


def test_the_reasons_open_to_the_changes_they_are_made_of(ada_sees: Client) -> None:
    page = ada_sees.get(REASONS).context

    for side in page["sides"]:
        for part in side.parts:
            (change,) = sums(rows_of(ada_sees, part.href), "Change")
            assert abs(change) == part.amount
    assert [(part.label, part.percent) for part in page["losses"].parts] == [
        ("No budget", Decimal("75.0")),
        ("Went Silent", Decimal("25.0")),
    ]
    assert sums(rows_of(ada_sees, page["losses"].parts[1].href), "For Went Silent") == [300]


def test_reasons_can_be_grouped_as_gitlab_cleans_them_up_and_open_alike(ada_sees: Client) -> None:
    page = ada_sees.get(f"{REASONS}&reasons=grouped").context

    assert [part.label for part in page["losses"].parts] == ["Loss of Budget", "Lack of Engagement / Sponsor"]
    assert sums(rows_of(ada_sees, page["losses"].parts[1].href), "For Lack of Engagement / Sponsor") == [300]


def test_what_contracts_lost_and_what_sales_gave_reasons_for_meet_in_rows(ada_sees: Client) -> None:
    losses = ada_sees.get(REASONS).context["losses"]

    rows = rows_of(ada_sees, losses.reconciled_href)

    assert sums(rows, "Lost by contracts", "Reasons given", "Difference") == [1_740, 1_200, -540]
    assert (losses.lost, losses.total, losses.difference) == (1_740, 1_200, -540)


def test_a_loss_without_an_amount_weighs_the_arr_it_lost(browser_of: Browser, ada: User) -> None:
    account = moved(400, None)
    factories.opportunity(
        account=account, order_type="6", is_closed=True, close_date=dt.date(2025, 9, 15), reasons=[("Went Silent", "1")]
    )
    sees = browser_of(ada)

    (row,) = rows_of(sees, f"/metrics/reasons/losses/?{YEAR}")

    assert (row["Lost"], row["Weight"], row["Reasons given"]) == ("400.00", "By ARR lost", "Went Silent")
    assert sees.get(REASONS).context["losses"].total == 400


BARS = {
    "beginning": "Beginning", "new": "New", "seat": "Seats", "price": "Price", "tier": "Tier", "churn": "Churn",
    "true_ups": "True-ups", "waiting": "Pending", "fx": "FX", "ending": "Ending",
}  # fmt: skip


def test_every_bar_of_the_bridge_opens_to_rows_that_sum_to_it(ada_sees: Client) -> None:
    FxRate.objects.create(currency="EUR", date=dt.date(2025, 1, 1), rate=Decimal("1.1"))
    FxRate.objects.create(currency="EUR", date=dt.date(2025, 9, 20), rate=Decimal("1.2"))
    moved(90, 100, currency="EUR")
    moved(50, None, change=dt.date(2025, 9, 20))

    lines = ada_sees.get(RETENTION).context["bridge"]

    line = next(each for each in lines if each["month"].end == dt.date(2025, 9, 30))
    bars = dict(zip(line["month"].amounts(False), line["bars"], strict=True))
    opened = {key: (amount, href) for (key, amount), (_, href) in bars.items()}
    opened |= {"beginning": line["beginning"], "ending": line["ending"]}
    assert opened["fx"][0] == 10
    for key, (amount, href) in opened.items():
        if amount:
            assert sums(rows_of(ada_sees, href), BARS[key]) == [round(amount, 2)], key
    assert sum(amount for key, (amount, _) in opened.items() if key != "ending") == opened["ending"][0]


def test_a_month_is_the_same_in_every_range(ada_sees: Client) -> None:
    FxRate.objects.create(currency="EUR", date=dt.date(2025, 1, 1), rate=Decimal("1.1"))
    FxRate.objects.create(currency="EUR", date=dt.date(2025, 9, 1), rate=Decimal("1.2"))
    moved(90, 100, currency="EUR")

    def september(days: str) -> object:
        lines = ada_sees.get(f"/metrics/retention/?{days}").context["bridge"]
        return next(line["month"] for line in lines if line["month"].end == dt.date(2025, 9, 30))

    assert september("from=2025-03-01&to=2026-02-28") == september("from=2025-09-01&to=2025-09-30")


def test_as_known_on_a_day_no_month_after_it_is_shown(ada_sees: Client) -> None:
    shown = ada_sees.get("/metrics/retention/?known=2025-09-30").context

    assert [end for end, _ in shown["figures"].months][-1] == dt.date(2025, 9, 30)
    assert [line["month"].end for line in shown["bridge"]][-1] == dt.date(2025, 9, 30)
    assert ada_sees.get("/metrics/retention/?known=2025-09-29").context["figures"].end == dt.date(2025, 8, 31)


def test_who_sees_less_than_all_is_told_so(browser_of: Browser, ada: User, ben: User) -> None:
    customers()
    Account.objects.filter(name="clicked 3").update(is_pubsec=True)

    for address in (*PAGES, *ROWS):
        told = ["ublic-sector accounts" in browser_of(user).get(address).content.decode() for user in (ada, ben)]
        assert told == [False, True], address


def test_a_segment_is_that_of_the_time_or_todays(browser_of: Browser, ada: User) -> None:
    with clock.recording_at(LONG_AGO):
        account = factories.account(segment="scale")
    moved(100, 80, account=account)
    with clock.recording_at(dt.datetime(2026, 1, 10, tzinfo=dt.UTC)):
        Account.objects.filter(pk=account.pk).update(segment="csm_managed")
    sees = browser_of(ada)

    def before(segment: str, basis: str) -> list[Decimal]:
        page = sees.get(f"/metrics/retention/?{YEAR}&level=account&segment={segment}&basis={basis}")
        return [each.before for end, each in page.context["figures"].months if end >= dt.date(2025, 12, 31)]

    assert before("scale", "") == [100, 0, 0]
    assert before("csm_managed", "") == [0, 100, 100]
    assert before("csm_managed", "now") == [100, 100, 100]
    bridge = sees.get(f"/metrics/retention/?{YEAR}&segment=scale").context["bridge"]
    january = next(line["month"] for line in bridge if line["month"].end == dt.date(2026, 1, 31))
    assert (january.beginning, january.moved, january.ending) == (80, -80, 0)


def test_the_bridge_of_a_month_opens_to_the_accounts_that_changed(ada_sees: Client) -> None:
    lines = ada_sees.get(RETENTION).context["bridge"]
    month, address = next((line["month"], line["href"]) for line in lines if line["month"].parts.total)

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

    assert "From isn&#x27;t a date: “31.01.2026”. Use the format 2026-01-31." in shown.content.decode()
    assert shown.context["asked"].population.segment == "scale"


def test_days_the_wrong_way_round_are_named(ada_sees: Client) -> None:
    shown = ada_sees.get("/metrics/?from=2026-02-01&to=2026-01-01").content.decode()

    assert "From (2026-02-01) is after To (2026-01-01)." in shown


def test_the_unfinished_month_is_left_out(ada_sees: Client) -> None:
    ends = [
        end.isoformat()
        for end, _ in ada_sees.get("/metrics/retention/?from=2025-12-01&to=2026-02-27").context["figures"].months
    ]

    assert ends == ["2025-12-31", "2026-01-31"]


def test_figures_can_be_asked_as_known_on_a_day(ada_sees: Client) -> None:
    shown = ada_sees.get(f"{RETENTION}&known=2019-12-30")

    assert shown.context["figures"].latest.before == 0
    assert "known on Dec 30, 2019" in re.sub(r"\s+", " ", shown.content.decode())


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
    assert "No matching rows." in ada_sees.get(f"{address}&q=nobody").content.decode()
    assert ada_sees.get(f"{address}&page=99").status_code == 200


def test_every_key_figure_has_its_definition_its_source_and_its_day(ada_sees: Client) -> None:
    shown = ada_sees.get(RETENTION).content.decode()

    assert "Sums are divided; percentages are never averaged" in shown
    assert "GitLab handbook, Customer Success vision · Data up to" in shown
    assert "An association, not a cause" in shown


def test_the_overview_brings_the_reasons_as_a_part_of_their_page(browser_of: Browser, ada: User) -> None:
    customers()

    part = browser_of(ada, htmx=True).get(f"{REASONS}&part=summary").content.decode()

    assert part.strip().startswith("<section")
    assert "Why ARR was lost and gained" in part


def test_time_to_value_goes_by_what_accounts_are_today_and_says_so(ada_sees) -> None:
    page = ada_sees.get("/metrics/time-to-value/?segment=scale&known=2026-01-31").content.decode()
    rows = ada_sees.get("/metrics/time-to-value/rows/?segment=scale").content.decode()

    assert "by today&#x27;s segment" in page
    assert "By today&#x27;s segment" in rows
    assert "with milestones as they are recorded now" in page
