"""
The statements that make rows of ArrMonth from contract lines, step by step through temporary tables.

Temporary tables rather than one statement: each step is analyzed, so that the planner knows how many rows the next one
meets. All of them take the parameters of `building.Wanted`. What they say of one pair of states is what
retention.rules.changes says (bridge, change_reason), multiplied out for sets; tests hold the two against each other.
"""

from __future__ import annotations

# A consolidation continues what it replaced, inside one account: money that moved to another account is that account's.
LINEAGES = """
with recursive chain (subscription_id, account_id, head, depth) as (
  select s.id, s.account_id, s.id, 0 from accounts_subscription s
  where %(accounts)s::bigint[] is null or s.account_id = any(%(accounts)s::bigint[])
  union all
  select c.subscription_id, c.account_id, n.id, c.depth + 1
  from chain c join accounts_subscription s on s.id = c.head
  join accounts_subscription n on n.id = s.superseded_by_id and n.account_id = s.account_id
  where c.depth < 50
)
select distinct on (c.subscription_id) c.subscription_id, c.account_id, c.head as lineage,
       s.superseded_by_id is not null or s.is_trial as is_never_pending
from chain c join accounts_subscription s on s.id = c.head
order by c.subscription_id, c.depth desc
"""

LINES = """
select s.lineage, s.account_id, l.category, l.product, l.seats, l.arr, l.currency, l.valid
from accounts_line l join keel_lineage s on s.subscription_id = l.subscription_id
where case when %(known)s::timestamptz is null then upper_inf(l.known) else l.known @> %(known)s::timestamptz end
"""

# From its end until `until` a contract counts with what it paid: until it is renewed, if that happens in time, else
# until the renewal is lost or the time is up. One that was cut short by a later decision was cancelled, not left open.
GAPS = """
with cover as (select lineage, account_id, range_agg(valid) as held from keel_line group by 1, 2),
span as (
  select lineage, account_id, upper(held) as ended,
         lead(lower(held)) over (partition by lineage order by lower(held)) as following
  from (select lineage, account_id, unnest(held) as held from cover) each
),
gap as (
  select s.*, following is not null and following - ended <= %(grace)s as is_bridged
  from span s where ended > (%(earliest)s::date - %(grace)s) and ended <= %(last)s
),
lost as (
  select g.lineage, g.ended, min(o.close_date) as lost_on
  from gap g join accounts_opportunity o on o.account_id = g.account_id
  where not g.is_bridged and o.is_closed and (o.order_type = '6' or (o.order_type in ('4', '5') and not o.is_won))
    and o.close_date >= g.ended - 180 and o.close_date < g.ended + %(grace)s
    and (o.subscription_id is null or exists (select from keel_lineage l where l.subscription_id = o.subscription_id
                                              and l.lineage = g.lineage))
  group by 1, 2
),
cancelled as (
  select distinct g.lineage, g.ended from gap g join keel_lineage s on s.lineage = g.lineage
  join accounts_line o on o.subscription_id = s.subscription_id
  where not g.is_bridged and not upper_inf(o.known) and o.valid @> g.ended
    and (%(known)s::timestamptz is null or lower(o.known) <= %(known)s::timestamptz)
)
select g.lineage, g.ended,
       case when g.is_bridged then g.following
            when c.lineage is not null or s.is_never_pending then g.ended
            else least(g.ended + %(grace)s, coalesce(g.following, 'infinity'),
                       case when l.lost_on is not null then greatest(g.ended, l.lost_on) end) end as until
from gap g left join lost l using (lineage, ended) left join cancelled c using (lineage, ended)
join (select distinct lineage, is_never_pending from keel_lineage) s on s.lineage = g.lineage
"""

PIECES = """
select lineage, account_id, category, product, seats, arr, currency, valid, false as is_carried from keel_line
union all
select l.lineage, l.account_id, l.category, l.product, l.seats, l.arr, l.currency, daterange(g.ended, g.until), true
from keel_line l join keel_gap g on g.lineage = l.lineage and g.ended = upper(l.valid) where g.until > g.ended
"""

# Months by number, those that are wanted and those they are held against. `instant` is the end of the month's last day.
MONTHS = """
with wanted as (
  select (extract(year from m) * 12 + extract(month from m))::int as number
  from generate_series(%(first)s::date, %(last)s::date, interval '1 month') m
), needed as (
  select number, true as is_wanted from wanted
  union select number - back, false from wanted, (values (1), (12)) b(back)
)
select number, bool_or(is_wanted) as is_wanted,
       (make_date((number - 1) / 12, mod(number - 1, 12) + 1, 1)
        + interval '1 month' - interval '1 day')::date as month,
       (make_date((number - 1) / 12, mod(number - 1, 12) + 1, 1) + interval '1 month') at time zone %(zone)s as instant
from needed group by number
"""

# What a unit of each currency is worth at the end of a month, of the one before and of that twelve months before: by
# its latest rate, or its first where none is older.
RATES = """
with day as (
  select distinct number - back as number,
         (make_date((number - back - 1) / 12, mod(number - back - 1, 12) + 1, 1)
          + interval '1 month' - interval '1 day')::date as day
  from keel_month, (values (0), (1), (12)) b(back)
), known as (
  select currency, date, rate from accounts_fxrate
  where case when %(known)s::timestamptz is null then upper_inf(known) else known @> %(known)s::timestamptz end
), worth as (
  select c.currency, d.number,
         case when c.currency = %(home)s then 1 else coalesce(
           (select k.rate from known k where k.currency = c.currency and k.date <= d.day order by k.date desc limit 1),
           (select k.rate from known k where k.currency = c.currency order by k.date limit 1)) end as rate
  from (select distinct currency from keel_line) c, day d
)
select n.currency, n.number, n.rate as now, p.rate as prev, y.rate as year
from keel_month m join worth n on n.number = m.number
join worth p on p.currency = n.currency and p.number = n.number - 1
join worth y on y.currency = n.currency and y.number = n.number - 12
"""

HELD = """
select m.number, p.lineage, p.account_id,
  coalesce(sum(p.arr * r.now), 0) as arr_now, coalesce(sum(p.arr * r.prev), 0) as arr_prev,
  coalesce(sum(p.arr * r.year), 0) as arr_year,
  coalesce(sum(p.arr * r.now) filter (where p.category <> 'true_up'), 0) as line_now,
  coalesce(sum(p.arr * r.prev) filter (where p.category <> 'true_up'), 0) as line_prev,
  coalesce(sum(p.arr * r.year) filter (where p.category <> 'true_up'), 0) as line_year,
  coalesce(sum(p.arr * r.now) filter (where p.is_carried), 0) as carried_now,
  coalesce(sum(p.arr * r.prev) filter (where p.is_carried), 0) as carried_prev,
  coalesce(sum(p.arr * r.year) filter (where p.is_carried), 0) as carried_year,
  coalesce(sum(p.seats) filter (where p.category <> 'true_up'), 0) as seats,
  coalesce(array_agg(distinct p.product::text) filter (where p.category <> 'true_up'), '{}') as products,
  coalesce(max(case when p.product ~* 'ultimate|gold' then 3 when p.product ~* 'premium|silver' then 2
                    when p.product ~* 'starter|bronze' then 1 else 0 end)
           filter (where p.category <> 'true_up'), 0) as rank
from keel_piece p
cross join lateral (
  select (extract(year from lower(p.valid)) * 12 + extract(month from lower(p.valid)))::int as begin,
         (extract(year from upper(p.valid)) * 12 + extract(month from upper(p.valid)))::int - 1 as stop) b
join keel_month m on m.number >= b.begin and (b.stop is null or m.number <= b.stop)
join keel_rate r on r.currency = p.currency and r.number = m.number
group by m.number, p.lineage, p.account_id
"""

# What accounts were, over time; of an account first recorded later, its first facts hold for all the time before.
FACTS = """
select account_id, case when place = 1 then '-infinity' else since end as since, until, segment, market, region,
       parent_id
from (
  select s.account_id, lower(s.valid) as since, coalesce(upper(s.valid), 'infinity') as until,
         row_number() over (partition by s.account_id order by lower(s.valid)) as place,
         s.facts ->> 'segment' as segment, s.facts ->> 'market' as market, s.facts ->> 'region' as region,
         (s.facts ->> 'parent_id')::bigint as parent_id
  from accounts_accountspan s
  where (%(accounts)s::bigint[] is null or s.account_id = any(%(accounts)s::bigint[]))
    and case when %(known)s::timestamptz is null then upper_inf(s.known) else s.known @> %(known)s::timestamptz end
) each
"""

# The topmost account of everybody who has a parent. For who may not see the public sector, a family ends where their
# sight ends: a parent that may not be seen is no parent.
TOPS = """
with recursive kid as (
  select m.number, f.account_id, f.parent_id, p.is_pubsec as is_hidden
  from keel_fact f join keel_month m on m.is_wanted and f.since < m.instant and m.instant <= f.until
  join accounts_account p on p.id = f.parent_id
), up (sight, number, account_id, top, depth) as (
  select s.sight, k.number, k.account_id, k.parent_id, 1 from kid k, (values (1), (2)) s(sight)
  where s.sight = 1 or not k.is_hidden
  union all
  select u.sight, u.number, u.account_id, k.parent_id, u.depth + 1
  from up u join kid k on k.number = u.number and k.account_id = u.top
  where u.depth < 30 and (u.sight = 1 or not k.is_hidden)
)
select distinct on (sight, number, account_id) sight, number, account_id, top
from up order by sight, number, account_id, depth desc
"""

# How far programs got in the twelve months: 1 is delivered (sent and not bounced), 2 clicked by a human.
REACHES = """
with sent as (
  select d.account_id,
         (extract(year from d.sent_at at time zone %(zone)s) * 12
          + extract(month from d.sent_at at time zone %(zone)s))::int as sent,
         min((extract(year from d.clicked_at at time zone %(zone)s) * 12
          + extract(month from d.clicked_at at time zone %(zone)s))::int) as clicked
  from contacts_delivery d
  where d.state = 'sent' and d.bounced_at is null and d.account_id is not null
    and (%(accounts)s::bigint[] is null or d.account_id = any(%(accounts)s::bigint[]))
    and d.sent_at >= (%(first)s::date - 370) and d.sent_at < (%(last)s::date + 2)
  group by 1, 2
)
select m.number, s.account_id, max(case when s.clicked <= m.number then 2 else 1 end)::smallint as reach
from sent s join keel_month m on m.is_wanted and s.sent between m.number - 11 and m.number
group by 1, 2
"""

# One row a lineage and month, with its changes against the month before and the year before.
CHANGES = """
select k.number, m.month, k.lineage, k.account_id,
  coalesce(y.arr_now, 0) as before, coalesce(n.arr_year, 0) as after, coalesce(n.carried_year, 0) as pending,
  coalesce(y.line_now, 0) as year_before, coalesce(n.line_year, 0) as year_after,
  case when coalesce(y.line_now, 0) <= 0 or y.line_now = coalesce(n.line_year, 0) then ''
       when coalesce(n.line_year, 0) = 0 then 'Cancelled'
       when y.products = n.products and y.products <> '{}' and sign(n.line_year - y.line_now) = sign(n.seats - y.seats)
         then case when sign(n.line_year * y.seats - y.line_now * n.seats) = sign(n.line_year - y.line_now)
              then 'Price Change/Seat Change Mix' else 'Seat Change' end
       when y.products = n.products and y.products <> '{}' then 'Price Change'
       when n.seats = y.seats and sign(n.line_year - y.line_now) * sign(n.rank - y.rank) < 0 then 'Price Change'
       when y.products <> '{}' and n.products <> '{}'
         then case when n.seats = y.seats then 'Product Change' else 'Product Change/Seat Change Mix' end
       else 'Unknown' end as reason,
  coalesce(p.arr_now - p.carried_now, 0) as beginning,
  case when coalesce(p.line_now, 0) = 0 then coalesce(n.line_prev, 0) else 0 end as new,
  case when coalesce(p.line_now, 0) <> 0 and coalesce(n.line_prev, 0) = 0 then -p.line_now else 0 end as churn,
  case when not c.is_change then 0 when c.is_dust then c.whole else c.seat end as seat,
  case when c.is_change and not c.is_dust and not c.is_tier then c.whole - c.seat else 0 end as price,
  case when c.is_change and not c.is_dust and c.is_tier then c.whole - c.seat else 0 end as tier,
  coalesce(n.arr_prev - n.line_prev, 0) - coalesce(p.arr_now - p.line_now, 0) as true_ups,
  coalesce(p.carried_now, 0) - coalesce(n.carried_prev, 0) as waiting,
  coalesce((n.arr_now - n.carried_now) - (n.arr_prev - n.carried_prev), 0) as fx,
  coalesce(n.arr_now - n.carried_now, 0) as ending
from (select number, lineage, account_id from keel_held
      union select number + 1, lineage, account_id from keel_held
      union select number + 12, lineage, account_id from keel_held) k
join keel_month m on m.number = k.number and m.is_wanted
left join keel_held n on n.number = k.number and n.lineage = k.lineage
left join keel_held p on p.number = k.number - 1 and p.lineage = k.lineage
left join keel_held y on y.number = k.number - 12 and y.lineage = k.lineage
cross join lateral (
  select coalesce(p.line_now, 0) <> 0 and coalesce(n.line_prev, 0) <> 0 as is_change, n.line_prev - p.line_now as whole,
         case when p.seats = 0 then 0 else round(p.line_now * (n.seats - p.seats) / p.seats, 4) end as seat,
         p.rank <> n.rank and p.products <> n.products as is_tier) part
cross join lateral (select part.*, abs(part.whole - part.seat) < 0.0001 as is_dust) c
"""

ROWS = """
select c.*, coalesce(f.segment, a.segment) as segment, coalesce(f.market, a.market) as market,
       coalesce(f.region, a.region) as region, a.segment as segment_now, a.market as market_now,
       a.region as region_now, a.is_pubsec, coalesce(r.reach, 0)::smallint as reach,
       coalesce(every.top, c.account_id) as top, coalesce(seen.top, c.account_id) as open_top,
       count(*) over (partition by c.number, c.account_id) = 1 as is_single,
       exists (select from keel_top t where t.number = c.number and c.account_id in (t.account_id, t.top)) as has_family
from (select k.*, m.instant from keel_change k join keel_month m using (number)
      where (before, after, pending, beginning, waiting, ending) is distinct from
            (0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric)) c
join accounts_account a on a.id = c.account_id
left join keel_fact f on f.account_id = c.account_id and f.since < c.instant and c.instant <= f.until
left join keel_reach r on r.number = c.number and r.account_id = c.account_id
left join keel_top every on every.sight = 1 and every.number = c.number and every.account_id = c.account_id
left join keel_top seen on seen.sight = 2 and seen.number = c.number and seen.account_id = c.account_id
"""

COLUMNS = """month, account_id, subscription_id, sights, levels, segment, market, region, segment_now, market_now,
region_now, reach, before, after, pending, year_before, year_after, reason, beginning, new, churn, seat, price, tier,
true_ups, waiting, fx, ending"""

_SUMS = """sum(before), sum(after), sum(pending), 0, 0, '', sum(beginning), sum(new), sum(churn), sum(seat), sum(price),
sum(tier), sum(true_ups), sum(waiting), sum(fx), sum(ending)"""

# Rows of lineages, of accounts with several, and of families, once for each sight.
INSERTS = (
    f"""
insert into {{into}} ({COLUMNS})
select month, account_id, lineage, case when is_pubsec then 1 else 3 end,
       1 + case when is_single then 2 else 0 end + case when is_single and not has_family then 4 else 0 end,
       segment, market, region, segment_now, market_now, region_now, reach, before, after, pending, year_before,
       year_after, reason, beginning, new, churn, seat, price, tier, true_ups, waiting, fx, ending
from keel_row order by month, account_id
""",
    f"""
insert into {{into}} ({COLUMNS})
select month, account_id, 0, case when is_pubsec then 1 else 3 end, 2 + case when has_family then 0 else 4 end,
       segment, market, region, segment_now, market_now, region_now, max(reach), {_SUMS}
from keel_row where not is_single
group by month, account_id, is_pubsec, has_family, segment, market, region, segment_now, market_now, region_now
order by month, account_id
""",
    f"""
insert into {{into}} ({COLUMNS})
select t.month, t.top, -1, t.sight, 4, coalesce(f.segment, a.segment), coalesce(f.market, a.market),
       coalesce(f.region, a.region), a.segment, a.market, a.region, t.reach, t.before, t.after, t.pending, 0, 0, '',
       t.beginning, t.new, t.churn, t.seat, t.price, t.tier, t.true_ups, t.waiting, t.fx, t.ending
from (select month, instant, s.sight, case when s.sight = 1 then top else open_top end as top,
             coalesce(max(reach) filter (where before <> 0 or after <> 0), 0) as reach,
             sum(before) as before, sum(after) as after, sum(pending) as pending, sum(beginning) as beginning,
             sum(new) as new, sum(churn) as churn, sum(seat) as seat, sum(price) as price, sum(tier) as tier,
             sum(true_ups) as true_ups, sum(waiting) as waiting, sum(fx) as fx, sum(ending) as ending
      from keel_row, (values (1), (2)) s(sight) where has_family and (s.sight = 1 or not is_pubsec)
      group by 1, 2, 3, 4) t
join accounts_account a on a.id = t.top
left join keel_fact f on f.account_id = t.top and f.since < t.instant and t.instant <= f.until
order by t.month, t.top
""",
)  # fmt: skip

STEPS = (
    ("lineage", LINEAGES),
    ("line", LINES),
    ("gap", GAPS),
    ("piece", PIECES),
    ("month", MONTHS),
    ("rate", RATES),
    ("held", HELD),
    ("fact", FACTS),
    ("top", TOPS),
    ("reach", REACHES),
    ("change", CHANGES),
    ("row", ROWS),
)
