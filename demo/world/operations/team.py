"""The people of the house, and the administrators who come and go at customers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef

from accounts.book.models import Account, Stage
from accounts.contracts.models import FxRate
from accounts.team.models import Bundle, Organisation, User
from contacts.delivery.models import Sender
from contacts.people import operations as people
from contacts.people.models import Membership, Source
from demo.world.rules import chance
from demo.world.rules.companies import MIDDLE_RATES
from demo.world.rules.people import ADMIN, BILLING
from demo.world.rules.team import COLLEAGUES, ORGANISATION, SENDER_ADDRESS, SENDER_NAME, is_working_day
from demo.world.rules.worlds import DaySummary, World


def found_house(*, password: str) -> dict[str, int]:
    """Write the organisation, the default sender and everybody who signs in; return users by address."""
    Organisation.objects.update_or_create(pk=1, defaults=ORGANISATION)
    Sender.objects.get_or_create(
        address=SENDER_ADDRESS, defaults={"name": SENDER_NAME, "reply_to": SENDER_ADDRESS, "is_default": True}
    )
    hashed = make_password(password)  # once: hashing is slow on purpose
    users = User.objects.bulk_create(
        User(
            email=colleague.email,
            name=colleague.name,
            title=colleague.title,
            home=colleague.home,
            zone=colleague.zone,
            password=hashed,
        )
        for colleague in COLLEAGUES
    )
    bundles = dict(Bundle.objects.values_list("key", "pk"))
    through = User.bundles.through
    through.objects.bulk_create(
        through(user_id=user.pk, bundle_id=bundles[colleague.bundle])
        for user, colleague in zip(users, COLLEAGUES, strict=True)
    )
    return {user.email: user.pk for user in users}


def change_password(*, password: str) -> int:
    """Give everybody of the house another password, and return how many there are."""
    users = User.objects.filter(email__in=[colleague.email for colleague in COLLEAGUES])
    return users.update(password=make_password(password))


def write_rates(*, seed: int, first: dt.date, last: dt.date) -> None:
    """Write what a euro and a pound were worth in dollars on the first day of each month from `first` to `last`."""
    months = {day.replace(day=1) for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))}
    FxRate.objects.bulk_create(
        (
            FxRate(currency=currency, date=month, rate=_rate(seed, currency, middle, month))
            for month in sorted(months)
            for currency, middle in MIDDLE_RATES.items()
        ),
        ignore_conflicts=True,
    )


def _rate(seed: int, currency: str, middle: float, month: dt.date) -> Decimal:
    drift = sum(chance.share(seed, currency, month.year, month.month - back) - 0.5 for back in range(4))
    return Decimal(str(round(middle * (1 + 0.012 * drift), 6)))


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
