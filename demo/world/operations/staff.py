"""People come and go at the customers: administrators leave, others are given the role."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef

from accounts.book.models import Account, Stage
from contacts.people import operations as people
from contacts.people.models import Membership, Source
from demo.world.rules import chance
from demo.world.rules.meetings import is_working_day
from demo.world.rules.people import ADMIN, BILLING
from demo.world.rules.summaries import DaySummary
from demo.world.rules.team import COLLEAGUES
from demo.world.rules.worlds import World

LEAVERS_A_DAY, ROLES_A_DAY = 0.3, 0.34
SHOWN = 20  # the oldest stay as they are, for whoever comes to see their case


def change_staff(*, world: World, day: dt.date, now: dt.datetime, summary: DaySummary) -> None:
    """On some working days an administrator leaves, and a contact somewhere becomes GitLab Admin."""
    if not is_working_day(day):
        return
    number = day.toordinal()
    if chance.share(world.seed, "leaver", number) < LEAVERS_A_DAY * world.scale:
        summary.counts["admins_left"] += _an_admin_leaves(chance.share(world.seed, "who leaves", number))
    if chance.share(world.seed, "promotion", number) < ROLES_A_DAY * world.scale:
        draw = chance.share(world.seed, "who becomes", number)
        summary.counts["roles_set"] += _somebody_becomes_admin(draw, now=now)


def _an_admin_leaves(draw: float) -> int:
    admins = Membership.objects.with_role(ADMIN).filter(is_active=True)
    pks = list(admins.order_by("pk").values_list("pk", flat=True))[SHOWN:]
    return int(people.deactivate(membership=Membership(pk=pks[int(draw * len(pks))]))) if pks else 0


def _somebody_becomes_admin(draw: float, *, now: dt.datetime) -> int:
    has_admin = Membership.objects.with_role(ADMIN).filter(account=OuterRef("pk"), is_active=True)
    has_others = Membership.objects.filter(account=OuterRef("pk"), is_active=True).exclude(roles__contains=[BILLING])
    lacking = Account.objects.exclude(stage=Stage.CHURNED).filter(~Exists(has_admin), Exists(has_others))
    pks = list(lacking.order_by("pk").values_list("pk", flat=True))[SHOWN:]
    if not pks:
        return 0
    contact = Membership.objects.filter(account=pks[int(draw * len(pks))], is_active=True)
    chosen = contact.exclude(roles__contains=[BILLING]).order_by("pk").first()
    assert chosen
    is_ours = draw * 1000 % 1 < 0.6
    people.set_roles(
        membership=chosen,
        roles={*chosen.roles, ADMIN},
        actor=COLLEAGUES[int(draw * 10) % 2].email if is_ours else "Salesforce",
        source=Source.KEEL if is_ours else Source.SALESFORCE,
        now=now,
    )
    return 1
