from __future__ import annotations

from django.db import models
from django.db.models import Q


def _money() -> models.DecimalField:
    return models.DecimalField(max_digits=40, decimal_places=12, default=0)


class ArrMonth(models.Model):
    """
    What one holder paid at the end of a month, a month before and twelve months before, and what changed in between.

    A holder is a subscription lineage, an account or a family; `levels` says at which of them the row counts (see
    rules.LevelBit), so that a customer with one subscription is one row. `subscription_id` is 0 in rows of accounts
    with several, -1 in rows of families, whose `account_id` is the topmost account. `sights` says to whom it counts
    (rules.SightBit). Amounts are in the organization's currency: `before`, `after` and `year_...` at the rates of
    twelve months before, the parts of the bridge at those of the month before, `ending` at those of the month's end.
    Derived from contract lines, spans, rates and deliveries as we believe them now; `manage.py rebuild` makes it anew.
    """

    pk = models.CompositePrimaryKey("month", "account_id", "subscription_id", "sights")
    month = models.DateField()
    account_id = models.BigIntegerField()
    subscription_id = models.BigIntegerField()
    sights = models.SmallIntegerField()
    levels = models.SmallIntegerField()
    segment = models.CharField(max_length=20)
    market = models.CharField(max_length=20)
    region = models.CharField(max_length=4)
    segment_now = models.CharField(max_length=20)
    market_now = models.CharField(max_length=20)
    region_now = models.CharField(max_length=4)
    reach = models.SmallIntegerField()
    before = _money()
    after = _money()
    pending = _money()  # The part of `after` whose contract has ended and whose renewal is open.
    year_before = _money()
    year_after = _money()
    reason = models.CharField(max_length=40, blank=True)
    beginning = _money()
    new = _money()
    churn = _money()
    seat = _money()
    price = _money()
    tier = _money()
    true_ups = _money()
    waiting = _money()  # The bridge's part for renewals that are open.
    fx = _money()
    ending = _money()

    class Meta:
        indexes = [models.Index(fields=["account_id", "month"], name="arr_months_of_account")]  # what changed

    def __str__(self) -> str:
        return f"ARR of account {self.account_id} in {self.month}"


class _Sum(models.Model):
    """One cell: `basis` says whether segment, market and region are those of the month or today's."""

    month = models.DateField()
    sight = models.SmallIntegerField()
    basis = models.CharField(max_length=4)
    segment = models.CharField(max_length=20)
    market = models.CharField(max_length=20)
    region = models.CharField(max_length=4)

    class Meta:
        abstract = True


class RetentionSum(_Sum):
    """What ArrMonth adds up to for retention, of those who paid twelve months before."""

    level = models.SmallIntegerField()
    reach = models.SmallIntegerField()
    before = _money()
    kept = _money()
    after = _money()
    pending = _money()
    holders = models.IntegerField()
    lost = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "level", "sight", "basis", "segment", "market", "region", "reach"],
                name="retention_is_added_up_once",
            )
        ]

    def __str__(self) -> str:
        return f"Retention in {self.month}"


class BridgeSum(_Sum):
    """What ArrMonth adds up to for the ARR bridge."""

    beginning = _money()
    new = _money()
    churn = _money()
    seat = _money()
    price = _money()
    tier = _money()
    true_ups = _money()
    waiting = _money()
    fx = _money()
    ending = _money()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "sight", "basis", "segment", "market", "region"], name="a_bridge_is_added_up_once"
            )
        ]

    def __str__(self) -> str:
        return f"Bridge of {self.month}"


class ReasonSum(_Sum):
    """What ArrMonth adds up to for reasons: `amount` is signed, of `changes` subscription lineages."""

    reach = models.SmallIntegerField()
    reason = models.CharField(max_length=40)
    is_loss = models.BooleanField()
    amount = _money()
    changes = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "sight", "basis", "segment", "market", "region", "reach", "reason", "is_loss"],
                name="a_reason_is_added_up_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} in {self.month}"


class Mark(models.Model):
    """
    Something that ArrMonth is made of changed, and the months from `since` on are to be made anew; written by triggers.

    Appended only: marks that are unique would let two writers wait for each other. Without an account it is about all.
    """

    account_id = models.BigIntegerField(null=True)
    since = models.DateField(null=True)  # Null is every month.
    marked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Mark #{self.pk}"


class Kept(models.Model):
    """From which month to which ArrMonth is kept; one row."""

    first = models.DateField()
    last = models.DateField()
    refreshed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="what_is_kept_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"Kept from {self.first} to {self.last}"
