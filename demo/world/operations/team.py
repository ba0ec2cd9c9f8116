"""The house itself: who signs in, who we are, and whom mail comes from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from accounts.contracts.models import FxRate
from accounts.team.models import Bundle, Organisation, User
from contacts.delivery.models import Sender
from demo.world.rules import chance
from demo.world.rules.places import MIDDLE_RATES
from demo.world.rules.team import COLLEAGUES, ORGANISATION, SENDER_ADDRESS, SENDER_NAME


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
