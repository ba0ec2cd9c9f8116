from __future__ import annotations

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Func, Q, Value

from accounts.book.models import Account
from cs_platform.common.models import Fed, Public


class Subscription(Public, Fed):
    """One contract lineage of an account: renewals stay in it, a consolidation points to its successor."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="subscriptions")
    number = models.CharField(max_length=60)
    started_date = models.DateField()
    is_trial = models.BooleanField(default=False)
    does_auto_renew = models.BooleanField(default=False)
    superseded_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="supersedes")

    class Meta:
        indexes = [models.Index(fields=["changed_xid", "id"], name="subscription_feed")]

    def __str__(self) -> str:
        return f"{self.number} (#{self.pk})"


class Category(models.TextChoices):
    BASE = "base", "Base product"
    ADD_ON = "add_on", "Add-on"
    TRUE_UP = "true_up", "True-up"


class LineQuerySet(models.QuerySet["Line"]):
    def in_force(self, *, on: dt.date, as_known_at: dt.datetime) -> LineQuerySet:
        """Lines that were true on a day, as we believed at an instant."""
        return self.filter(valid__contains=on, known__contains=as_known_at)


def _lane() -> Func:
    key = F("subscription_id") * 1000 + F("lane")
    return Func(key, key, Value("[]"), function="int8range")


class Line(models.Model):
    """
    Product, seats and ARR of a subscription over a period; bitemporal and never updated in place.

    `valid` is when it is true in the world, `known` is when we believed it. A correction ends `known` and appends.
    ARR is kept per line in its own currency; MRR is ARR / 12, unrounded.
    """

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="lines")
    # Which line of the subscription this is: 1 is the base product, add-ons and true-ups have their own lanes.
    lane = models.PositiveSmallIntegerField(default=1)
    category = models.CharField(max_length=10, choices=Category, default=Category.BASE)
    product = models.CharField(max_length=60)
    seats = models.PositiveIntegerField()
    arr = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3, default="USD")
    valid = DateRangeField()
    known = DateTimeRangeField()

    objects = LineQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="a_lane_holds_one_line_at_a_time",
                expressions=[
                    (_lane(), RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                    ("known", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="lane_is_1_to_999", condition=Q(lane__gte=1, lane__lte=999)),
        ]

    def __str__(self) -> str:
        return f"{self.product} of subscription {self.subscription_id} (#{self.pk})"

    def standing(self, *, today: dt.date) -> str:
        """Return whether the line is "ahead", "running" or "ended" on a day."""
        if self.valid.lower and today < self.valid.lower:
            return "ahead"
        return "ended" if self.valid.upper and self.valid.upper <= today else "running"


class OrderType(models.TextChoices):
    FIRST_ORDER = "1", "1. New - First Order"
    CONNECTED = "2", "2. New - Connected"
    GROWTH = "3", "3. Growth"
    CONTRACTION = "4", "4. Contraction"
    CHURN_PARTIAL = "5", "5. Churn - Partial"
    CHURN_FINAL = "6", "6. Churn - Final"


class Opportunity(Public, Fed):
    """A sale, a renewal or a loss."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="opportunities")
    subscription = models.ForeignKey(Subscription, models.SET_NULL, null=True, blank=True, related_name="opportunities")
    name = models.CharField(max_length=200)
    order_type = models.CharField(max_length=1, choices=OrderType)
    stage = models.CharField(max_length=40)
    is_web_portal = models.BooleanField(default=False)
    is_closed = models.BooleanField(default=False)
    is_won = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    available_to_renew = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="USD")
    close_date = models.DateField()
    notes = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "opportunities"
        indexes = [models.Index(fields=["close_date"], name="opportunity_by_close")]  # churn reasons in a period

    def __str__(self) -> str:
        return f"{self.name} (#{self.pk})"


class LossReason(models.Model):
    """One of the reasons of a loss, with its share; the shares of a loss total 1."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="loss_reasons")
    reason = models.CharField(max_length=60)
    share = models.DecimalField(max_digits=7, decimal_places=6, default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "reason"], name="a_reason_is_given_once_per_loss"),
            models.CheckConstraint(name="share_is_above_0_up_to_1", condition=Q(share__gt=0, share__lte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.share})"


def _always() -> DateTimeTZRange:
    return DateTimeTZRange(None, None)


class FxRate(models.Model):
    """
    What one unit of a currency was worth in the organisation's currency on a day.

    `known` is when we believed it; a correction ends it and appends (operations.set_rate).
    """

    currency = models.CharField(max_length=3)
    date = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)
    known = DateTimeRangeField(default=_always, editable=False)

    class Meta:
        verbose_name = "exchange rate"
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "date"],
                name="a_currency_has_one_rate_a_day",
                condition=Q(known__upper_inf=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.currency} on {self.date}"
