"""Retention end to end: contract lines in, the handbook's numbers out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.contracts.selectors import Level
from accounts.models import FxRate, User
from cs_platform.common import clock
from cs_platform.common.acting import acting
from metrics.facts.operations import reading
from metrics.facts.rules import month_ends
from metrics.population.rules import Reach
from metrics.population.selectors import Population
from metrics.retention.rules.cohorts import Retention
from metrics.retention.selectors.cohorts import Cohort, cohort_on, course
from metrics.retention.selectors.figures import retention_figures
from tests import factories
from tests.factories import LONG_AGO
from tests.metrics.worlds import END, START, ask, everybody, mail, moved, random_world, read

pytestmark = pytest.mark.django_db

SEEDS = (1, 2)


def on_end(level: Level = Level.PARENT, population: Population | None = None) -> Cohort:
    return cohort_on(population or everybody(), end=END, level=level)


def series(
    level: Level, ends: list[dt.date], *, population: Population | None = None, as_known_at: dt.datetime | None = None
) -> list[Retention]:
    with reading(ends, as_known_at=as_known_at) as source:
        found = course(source, population or everybody(), ends=ends, level=level)
    return [each for _, each in found.months]


def test_x_and_y_keep_85_7_percent_gross_and_114_3_percent_net() -> None:
    moved(50, 100)
    moved(125, 100)

    found = on_end().retention

    assert read(found, "before kept after") == (175, 150, 200)
    assert found.gross == Decimal(150) / 175
    assert found.net == Decimal(200) / 175


def test_who_started_within_the_year_is_in_neither_sum_and_who_churned_counts_with_nought() -> None:
    moved(None, 500)
    moved(100, None)
    moved(100, 100)

    found = on_end().retention

    assert read(found, "before after logos logos_lost") == (200, 100, 2, 1)
    assert found.logo_churn == Decimal("0.5")


def test_what_happens_inside_the_year_does_not_matter() -> None:
    account = factories.account()
    subscription = factories.subscription(account=account)
    for since, until, arr in (
        ("2024-06-01", "2025-06-01", 100),
        ("2025-06-01", "2026-01-01", 150),
        ("2026-01-01", None, 120),
    ):
        factories.line(
            subscription=subscription,
            since=dt.date.fromisoformat(since),
            until=dt.date.fromisoformat(until) if until else None,
            arr=Decimal(arr),
        )

    found = on_end().retention

    assert read(found, "gross net") == (1, Decimal("1.2"))


def test_a_consolidation_is_no_churn_of_subscriptions() -> None:
    account = factories.account()
    for before, after in ((60, None), (40, None), (None, 110)):
        moved(before, after, account=account)
    new = account.subscriptions.latest("pk")
    account.subscriptions.exclude(pk=new.pk).update(superseded_by=new)

    for level in (Level.SUBSCRIPTION, Level.ACCOUNT):
        found = on_end(level).retention
        assert read(found, "before kept after logos") == (100, 100, 110, 1), level


def test_both_amounts_are_converted_at_the_rate_of_the_periods_start() -> None:
    for day, rate in ((dt.date(2025, 2, 1), "1.25"), (dt.date(2026, 2, 1), "0.80")):
        FxRate.objects.create(currency="EUR", date=day, rate=Decimal(rate))
    moved(100, 80, currency="EUR")

    found = on_end().retention

    assert read(found, "before after") == (125, 100)


def test_money_that_moves_inside_a_family_is_kept_by_the_parent_and_lost_by_the_account() -> None:
    parent = factories.account()
    moved(100, None, account=factories.account(parent=parent))
    moved(50, 150, account=factories.account(parent=parent))

    assert on_end(Level.ACCOUNT).retention.gross == Decimal(50) / 150
    assert on_end(Level.PARENT).retention.gross == 1
    assert [holding.key for holding in on_end(Level.PARENT).holdings] == [parent.pk]


def test_families_are_those_of_the_end_of_the_period() -> None:
    first, second = factories.account(), factories.account()
    with acting(actor="test"), clock.recording_at(LONG_AGO):
        child = factories.account(parent=first)
    moved(100, 100, account=child)
    with acting(actor="test"), clock.recording_at(dt.datetime(2026, 2, 10, tzinfo=dt.UTC)):
        child.parent = second
        child.save()

    found = [cohort_on(everybody(), end=end, level=Level.PARENT) for end in (dt.date(2026, 1, 31), END)]

    assert [[holding.key for holding in cohort.holdings] for cohort in found] == [[first.pk], [second.pk]]


def test_an_account_recorded_later_has_the_family_it_was_first_recorded_with() -> None:
    parent = factories.account()
    with acting(actor="test"), clock.recording_at(dt.datetime(2026, 3, 1, tzinfo=dt.UTC)):
        child = factories.account(parent=parent)
    moved(100, 100, account=child)

    assert [holding.key for holding in on_end().holdings] == [parent.pk]


def test_a_figure_is_the_same_whenever_it_is_asked_as_known_at_an_instant() -> None:
    known = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    account = factories.account()
    subscription = factories.subscription(account=account)
    factories.line(subscription=subscription, since=dt.date(2024, 6, 1), arr=Decimal(100))
    before = cohort_on(everybody(), end=END, level=Level.ACCOUNT, as_known_at=known).retention

    subscription.lines.all().delete()
    factories.line(
        subscription=subscription, since=dt.date(2024, 6, 1), arr=Decimal(100), known_until=known + dt.timedelta(days=4)
    )
    factories.line(
        subscription=subscription,
        since=dt.date(2024, 6, 1),
        until=dt.date(2025, 6, 1),
        arr=Decimal(100),
        known_since=known + dt.timedelta(days=4),
    )

    assert cohort_on(everybody(), end=END, level=Level.ACCOUNT, as_known_at=known).retention == before
    assert on_end(Level.ACCOUNT).retention.gross == 0


def test_nobody_counts_accounts_of_the_public_sector_who_may_not_see_them(ada, ben, eve) -> None:
    moved(100, 50, account=factories.account(is_pubsec=True))
    moved(100, 100)

    seen = [on_end(population=Population(user)).retention.before for user in (ada, ben, eve)]

    assert seen == [200, 100, 0]


def test_a_family_ends_where_the_viewers_sight_ends(ben) -> None:
    ministry = factories.account(is_pubsec=True)
    child = moved(100, 100, account=factories.account(parent=ministry))

    assert [holding.key for holding in on_end(population=Population(ben)).holdings] == [child.pk]


def test_filters_narrow_the_population(ada) -> None:
    moved(100, 50, account=factories.account(segment="scale", market="smb", region="EMEA"))
    moved(100, 100, account=factories.account(segment="scale", market="large", region="EMEA"))

    found = on_end(population=Population(ada, segment="scale", market="smb", region="EMEA")).retention

    assert found.gross == Decimal("0.5")


@pytest.mark.parametrize("seed", SEEDS)
def test_gross_retention_never_falls_from_subscription_to_account_to_parent(seed: int) -> None:
    random_world(seed)
    ends = month_ends(dt.date(2025, 6, 1), END)

    by_level = [series(level, ends) for level in (Level.SUBSCRIPTION, Level.ACCOUNT, Level.PARENT)]

    for found in zip(*by_level, strict=True):
        gross = [each.gross or Decimal(0) for each in found]
        assert 0 <= gross[0] <= gross[1] <= gross[2] <= 1
        assert found[0].before == found[1].before == found[2].before > 0
        assert len({each.logos for each in found}) > 1


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("known", [None, dt.datetime(2025, 11, 1, tzinfo=dt.UTC)])
def test_what_the_database_adds_up_is_what_the_rule_adds_up(level: Level, known: dt.datetime | None) -> None:
    random_world(3)
    factories.line(since=dt.date(2024, 6, 1), arr=Decimal(-50))  # a data error is in neither
    ends = month_ends(dt.date(2025, 3, 1), END)

    one_by_one = [cohort_on(everybody(), end=end, level=level, as_known_at=known).retention for end in ends]

    assert [replace(each, data_errors=()) for each in one_by_one] == series(level, ends, as_known_at=known)
    assert all(each.data_errors for each in one_by_one)


def test_a_series_of_nobody_is_empty_and_does_not_break(eve: User) -> None:
    moved(100, 50)

    assert [each.logos for each in series(Level.PARENT, [END], population=Population(eve))] == [0]


RECOMPUTED = """
with recursive rate as (
  select c.currency, (select r.rate from accounts_fxrate r where r.currency = c.currency and r.date <= %(start)s
                      order by r.date desc limit 1) as rate
  from (select distinct currency from accounts_fxrate) c union all select 'USD', 1
), family as (
  select id, id as top from accounts_account where parent_id is null
  union all select a.id, f.top from accounts_account a join family f on f.id = a.parent_id
), paid as (
  select f.top,
    coalesce(sum(l.arr * rate.rate) filter (where l.valid @> %(start)s::date), 0) as before,
    coalesce(sum(l.arr * rate.rate) filter (where l.valid @> %(finish)s::date), 0) as after
  from accounts_line l join accounts_subscription s on s.id = l.subscription_id
  join family f on f.id = s.account_id join rate on rate.currency = l.currency
  where l.known @> %(known)s::timestamptz group by 1
)
select sum(before), sum(least(before, after)), sum(after), count(*), count(*) filter (where after = 0)
from paid where before > 0
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("known", [dt.datetime(2025, 11, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, tzinfo=dt.UTC)])
def test_plain_sql_comes_to_the_same_sums_to_the_last_digit(seed: int, known: dt.datetime) -> None:
    factories.organisation(renewal_grace_days=0)  # plain SQL knows no renewals that are open
    random_world(seed)

    found = cohort_on(everybody(), end=END, level=Level.PARENT, as_known_at=known).retention

    (recomputed,) = ask(RECOMPUTED, start=START, finish=END, known=known)
    assert read(found, "before kept after logos logos_lost") == recomputed
    assert found.logos_lost > 0


def test_retention_is_split_by_how_far_programs_got_in_the_twelve_months() -> None:
    moved(100, 10)
    bounced, delivered, clicked, too_early = (moved(100, arr) for arr in (20, 30, 40, 50))
    mail(bounced, on=dt.date(2025, 8, 1), bounced=True)
    mail(delivered, on=dt.date(2025, 8, 1))
    mail(clicked, on=dt.date(2025, 8, 1), clicked_on=dt.date(2025, 8, 2))
    mail(too_early, on=START, clicked_on=dt.date(2025, 3, 2))
    cohort = on_end(Level.ACCOUNT)

    found = cohort.by_reach()

    assert {reach: read(each, "logos after") for reach, each in found.items()} == {
        Reach.NOT_REACHED: (3, 80),
        Reach.DELIVERED: (1, 30),
        Reach.CLICKED: (1, 40),
    }


def test_a_family_is_reached_as_far_as_the_account_reached_best() -> None:
    parent = factories.account()
    first = moved(100, 100, account=factories.account(parent=parent))
    second = moved(100, 100, account=factories.account(parent=parent))
    mail(first, on=dt.date(2025, 8, 1))
    mail(second, on=dt.date(2025, 8, 1), clicked_on=dt.date(2025, 8, 1))

    assert on_end().reaches == {parent.pk: Reach.CLICKED}


def test_twelve_months_are_read_from_sums_in_one_query(ada: User, django_assert_num_queries) -> None:
    random_world(1)
    ends, population = month_ends(dt.date(2025, 3, 1), END), Population(ada)
    with reading(ends) as source:
        assert population.sees_all  # permissions are asked once
        with django_assert_num_queries(1):
            found = retention_figures(source, population, ends=ends, level=Level.PARENT)

    assert [end for end, _ in found.months] == ends
    assert found.latest == replace(on_end(population=population).retention, data_errors=())
