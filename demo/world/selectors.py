"""Remember the world from the database alone, so that it can live on after a restart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from accounts.book.models import Account, Stage
from accounts.team.models import User
from accounts.timeline.models import Entry
from contacts.people.models import Person
from demo.world.rules.companies import domain
from demo.world.rules.customers import traits
from demo.world.rules.lives import Contract, Life
from demo.world.rules.renewals import CENT, LAPSED_AFTER, Terms, months_of
from demo.world.rules.worlds import SEED, World, contract_key
from metrics.value.models import Kind, Milestone

# The last term of each subscription that still runs, or ended lately and is not decided yet; its add-on; its users.
CONTRACTS = """
with base as (
  select distinct on (l.subscription_id) l.subscription_id, l.product, l.seats, l.arr, l.currency, l.valid
  from accounts_line l
  where l.lane = 1 and upper_inf(l.known)
  order by l.subscription_id, lower(l.valid) desc
)
select s.account_id, a.contract_date, s.id, s.number,
       b.product, b.seats, b.arr, b.currency, lower(b.valid), upper(b.valid),
       coalesce(d.seats, 0), coalesce(d.arr, 0), coalesce(r.value, 0)::int
from base b
join accounts_subscription s on s.id = b.subscription_id and s.superseded_by_id is null and s.number like 'A-S________'
join accounts_account a on a.id = s.account_id
left join lateral (
  select seats, arr from accounts_line l
  where l.subscription_id = s.id and l.lane = 2 and upper_inf(l.known) and upper(l.valid) = upper(b.valid)
  order by lower(l.valid) desc limit 1
) d on true
left join lateral (
  select value from metrics_reading
  where subscription_id = s.id and measure = 'billable_users' order by date desc limit 1
) r on true
where not exists (
  select from accounts_opportunity o
  where o.subscription_id = s.id and o.is_closed and not o.is_won and o.close_date >= upper(b.valid)
)
and upper(b.valid) > %(lapsed)s
order by s.account_id, s.number
"""
NUMBERS = """
select distinct on (account_id) account_id, number from accounts_subscription
where number like 'A-S________' order by account_id, number
"""


class _Row(NamedTuple):
    """What the database says of an account beside its contracts."""

    account: Account
    csm: str | None
    onboarding_since: dt.date | None
    has_met: bool
    has_first_value: bool


def remember(*, today: dt.date, seed: int = SEED, scale: float = 1.0) -> World:
    """
    Return the world as the days up to and including `today` left it; `seed` and `scale` are those it was built with.

    Accounts that came another way (imports, the API, by hand) are not part of it and are left alone.
    """
    world = World(seed=seed, scale=scale, users=dict(User.objects.values_list("email", "pk")))
    agents = Person.objects.filter(email__contains="@consulting.")
    world.agents = {str(email): pk for email, pk in agents.values_list("email", "pk")}
    numbers = _numbers()
    contracts = _contracts(world, today)
    for pk, row in _rows(numbers).items():
        life = _life(world, numbers[pk], row, tuple(contracts.get(pk, ())))
        world.lives[life.number] = life
        world.accounts[life.number] = pk
        world.domains.add(domain(life.name))
        if row.account.parent_id in numbers:
            world.parents[life.number] = numbers[row.account.parent_id]
    world.lives = dict(sorted(world.lives.items()))
    return world


# Return the customer's number of each account that belongs to the world.
def _numbers() -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        return {account: int(contract_key(number).partition(".")[0]) for account, number in cursor.fetchall()}


def _contracts(world: World, today: dt.date) -> dict[int, list[Contract]]:
    found: dict[int, list[Contract]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CONTRACTS, {"lapsed": today - dt.timedelta(days=LAPSED_AFTER + 1)})
        rows = cursor.fetchall()
    for account, born, subscription, number, product, seats, arr, currency, since, until, duo, duo_arr, users in rows:
        key = contract_key(number)
        world.subscriptions[key] = subscription
        segment = traits(seed=world.seed, number=int(key.partition(".")[0])).segment
        terms = Terms(
            product=product,
            seats=max(seats, 1),  # contracts may have been edited by hand since
            unit=(arr / max(seats, 1)).quantize(CENT),
            currency=currency,
            months=months_of(seed=world.seed, key=key, segment=segment),
            duo_seats=duo,
            duo_unit=(duo_arr / duo).quantize(CENT) if duo else Decimal(0),
        )
        found.setdefault(account, []).append(Contract(key, born, terms, since, until, users))
    return found


def _rows(numbers: Mapping[int, int]) -> dict[int, _Row]:
    reached: dict[Kind, dict[int, dt.date]] = {kind: {} for kind in Kind}
    standing = Milestone.objects.filter(withdrawn_at=None)
    for account, kind, date in standing.values_list("account", "kind", "reached_date"):
        reached[Kind(kind)][account] = date
    met = set(Entry.objects.filter(kind__in=["call", "meeting"]).values_list("account", flat=True).distinct())
    started, closed = reached[Kind.ONBOARDING_STARTED], reached[Kind.ONBOARDING_CLOSED]
    return {
        account.pk: _Row(
            account=account,
            csm=account.csm.email if account.csm else None,
            onboarding_since=None if account.pk in closed else started.get(account.pk),
            has_met=account.pk in met,
            has_first_value=account.pk in reached[Kind.FIRST_VALUE],
        )
        for account in Account.objects.filter(pk__in=numbers).select_related("csm")
    }


def _life(world: World, number: int, row: _Row, contracts: tuple[Contract, ...]) -> Life:
    account = row.account
    has_left = account.stage == Stage.CHURNED
    return Life(
        traits=traits(seed=world.seed, number=number),
        name=account.name,
        segment=account.segment,
        stage=account.stage,
        contract_date=account.contract_date or contracts[0].since,
        contracts=() if has_left else contracts,
        csm=row.csm,
        onboarding_since=None if has_left else row.onboarding_since,
        has_met=row.has_met,
        has_first_value=row.has_first_value,
    )
