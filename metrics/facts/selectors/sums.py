"""The statements that add rows of ArrMonth up to cells; with a sign, so that what changed is taken out and put in."""

from __future__ import annotations

# Each row counts at its levels, for its sights, and under what its account was then and is now. Cells first, so that
# few rows are multiplied.
_CELL = "segment, market, region, segment_now, market_now, region_now"
_SPREAD = """
join (values (1), (2)) s(sight) on g.sights & s.sight <> 0
cross join lateral (values ('then', g.segment, g.market, g.region),
                           ('now', g.segment_now, g.market_now, g.region_now)) d(basis, segment, market, region)"""

RETENTION = f"""
insert into {{into}} as kept (month, sight, basis, segment, market, region, level, reach, before, kept, after,
                              pending, holders, lost)
select g.month, s.sight, d.basis, d.segment, d.market, d.region, l.level, g.reach, {{sign}} * sum(g.before),
       {{sign}} * sum(g.kept), {{sign}} * sum(g.after), {{sign}} * sum(g.pending), {{sign}} * sum(g.holders),
       {{sign}} * sum(g.lost)
from (select month, sights, levels, {_CELL}, reach, sum(before) as before, sum(least(before, after)) as kept,
             sum(after) as after, sum(pending) as pending, count(*) as holders,
             count(*) filter (where after = 0) as lost
      from {{rows}} where before > 0 and after >= 0 and {{scope}} group by month, sights, levels, {_CELL}, reach) g
join (values (1), (2), (4)) l(level) on g.levels & l.level <> 0 {_SPREAD}
group by 1, 2, 3, 4, 5, 6, 7, 8 {{merge}}
"""

RETENTION_MERGE = """
on conflict (month, level, sight, basis, segment, market, region, reach) do update set
  before = kept.before + excluded.before, kept = kept.kept + excluded.kept, after = kept.after + excluded.after,
  pending = kept.pending + excluded.pending, holders = kept.holders + excluded.holders, lost = kept.lost + excluded.lost
"""

PARTS = ("beginning", "new", "churn", "seat", "price", "tier", "true_ups", "waiting", "fx", "ending")

BRIDGE = f"""
insert into {{into}} as kept (month, sight, basis, segment, market, region, {", ".join(PARTS)})
select g.month, s.sight, d.basis, d.segment, d.market, d.region,
       {", ".join(f"{{sign}} * sum(g.{part})" for part in PARTS)}
from (select month, sights, {_CELL}, {", ".join(f"sum({part}) as {part}" for part in PARTS)}
      from {{rows}} where levels & 1 <> 0 and {{scope}} group by month, sights, {_CELL}) g {_SPREAD}
group by 1, 2, 3, 4, 5, 6 {{merge}}
"""

BRIDGE_MERGE = f"""
on conflict (month, sight, basis, segment, market, region) do update set
  {", ".join(f"{part} = kept.{part} + excluded.{part}" for part in PARTS)}
"""

REASONS = f"""
insert into {{into}} as kept (month, sight, basis, segment, market, region, reach, reason, is_loss, amount, changes)
select g.month, s.sight, d.basis, d.segment, d.market, d.region, g.reach, g.reason, g.is_loss,
       {{sign}} * sum(g.amount), {{sign}} * sum(g.changes)
from (select month, sights, {_CELL}, reach, reason, year_after < year_before as is_loss,
             sum(year_after - year_before) as amount, count(*) as changes
      from {{rows}} where levels & 1 <> 0 and reason <> '' and {{scope}}
      group by month, sights, {_CELL}, reach, reason, is_loss) g {_SPREAD}
group by 1, 2, 3, 4, 5, 6, 7, 8, 9 {{merge}}
"""

REASONS_MERGE = """
on conflict (month, sight, basis, segment, market, region, reach, reason, is_loss) do update set
  amount = kept.amount + excluded.amount, changes = kept.changes + excluded.changes
"""

# Cells that nothing is left in.
EMPTY = (
    "delete from metrics_retentionsum where holders = 0",
    "delete from metrics_reasonsum where changes = 0",
    f"delete from metrics_bridgesum where {' and '.join(f'{part} = 0' for part in PARTS)}",
)
