from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rest_framework import serializers

from accounts.book.models import Market, Region, Segment
from accounts.contracts.selectors import Level
from cs_platform.common.api import Choice, Strict
from metrics.facts.rules import NOW, THEN
from metrics.population.rules import Reach, is_too_few
from metrics.retention.rules.cohorts import Retention
from metrics.retention.rules.reasons import Share
from metrics.value.rules import Goal, TimeToValue

LEVELS = [(level.value, level.value) for level in Level]
GOALS = [(goal.value, goal.value) for goal in Goal]
REACHES = [(reach.value, reach.value) for reach in Reach]
MONEY, RATIO = Decimal("0.0001"), Decimal("0.000001")


class MetricsQuery(Strict):
    """Which figures: over which days, of which accounts. Without days, the last twelve months that are over."""

    since = serializers.DateField(required=False, help_text="First day.")
    until = serializers.DateField(required=False, help_text="Last day; a month that is not over is left out.")
    segment = Choice(choices=Segment.choices, required=False)
    market = Choice(choices=Market.choices, required=False)
    region = Choice(choices=Region.choices, required=False)
    basis = serializers.ChoiceField(
        choices=[(THEN, THEN), (NOW, NOW)],
        required=False,
        default=THEN,
        help_text="Whether segment, market and region are those at the time of the figure (then) or today's (now).",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        since, until = attrs.get("since"), attrs.get("until")
        if since and until and since > until:
            raise serializers.ValidationError({"since": "since lies behind until."}, "since_after_until")
        return attrs


class KnownQuery(MetricsQuery):
    """As above, and as known when."""

    known_at = serializers.DateTimeField(
        required=False, help_text="Contracts as they were recorded at this instant; without it, as they are now."
    )


class RetentionQuery(KnownQuery):
    level = serializers.ChoiceField(choices=LEVELS, required=False, default=Level.PARENT.value)


class ReasonsQuery(KnownQuery):
    reasons = serializers.ChoiceField(
        choices=[("given", "given"), ("grouped", "grouped")],
        required=False,
        default="given",
        help_text="Loss reasons as Sales gave them, or grouped as in GitLab's clean-up.",
    )


class ValueQuery(MetricsQuery):
    goal = serializers.ChoiceField(choices=GOALS, required=False, default=Goal.FIRST_VALUE.value)


class Amount(serializers.DecimalField):
    """Money in the organisation's currency, as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=28, decimal_places=4, **options)


class Ratio(serializers.DecimalField):
    """A share: 0.5 is 50 %; null where the group is empty or too small for one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=6, allow_null=True, **options)


class RetentionShape(serializers.Serializer[Any]):
    """Retention of those who paid twelve months before; ratios are null below five customers."""

    arr_before = Amount()
    arr_kept = Amount()
    arr_after = Amount()
    gross = Ratio()
    net = Ratio()
    customers = serializers.IntegerField()
    customers_lost = serializers.IntegerField()
    logo_churn = Ratio()


class MonthlyRetention(RetentionShape):
    month_end = serializers.DateField()


class RetentionByReach(RetentionShape):
    reach = serializers.ChoiceField(choices=REACHES)


class RetentionAnswer(serializers.Serializer[Any]):
    """`by_reach` splits the last month by how far program mail got; an association, not a cause."""

    level = serializers.ChoiceField(choices=LEVELS)
    currency = serializers.CharField()
    months = MonthlyRetention(many=True)
    by_reach = RetentionByReach(many=True)
    pending = Amount(help_text="ARR kept in the last month whose contract has ended and whose renewal is still open.")
    excludes_public_sector = serializers.BooleanField()
    is_up_to_date = serializers.BooleanField(help_text="False while recent changes are still being added up.")


class ValueShape(serializers.Serializer[Any]):
    """Time to value of those whose clock started; the median counts those who wait (Kaplan-Meier)."""

    median_days = serializers.IntegerField(allow_null=True)
    within_goal = serializers.IntegerField()
    old_enough = serializers.IntegerField()
    share_within_goal = Ratio()
    reached = serializers.IntegerField()
    waiting = serializers.IntegerField()
    left = serializers.IntegerField()


class MonthlyValue(ValueShape):
    month_start = serializers.DateField()


class ValueByReach(ValueShape):
    reach = serializers.ChoiceField(choices=REACHES)


class ValueAnswer(serializers.Serializer[Any]):
    """`months` are by the month in which clocks started; `by_reach` is an association, not a cause."""

    goal = serializers.ChoiceField(choices=GOALS)
    goal_days = serializers.IntegerField()
    figure = ValueShape()
    waiting_longer = serializers.IntegerField()
    months = MonthlyValue(many=True)
    by_reach = ValueByReach(many=True)


class ReasonShape(serializers.Serializer[Any]):
    """One reason with its money, always positive, and its share of its side."""

    reason = serializers.CharField()
    amount = Amount()
    share = Ratio()


class ReasonsAnswer(serializers.Serializer[Any]):
    """Why ARR changed in the twelve months to `month_end`, without true-ups; the shares of each list total 1."""

    month_end = serializers.DateField()
    currency = serializers.CharField()
    churn = ReasonShape(many=True)
    expansion = ReasonShape(many=True)
    losses = ReasonShape(many=True)


def shown_retention(figure: Retention) -> dict[str, Any]:
    few = is_too_few(figure.logos)
    return {
        "arr_before": figure.before.quantize(MONEY),
        "arr_kept": figure.kept.quantize(MONEY),
        "arr_after": figure.after.quantize(MONEY),
        "gross": None if few else ratio(figure.gross),
        "net": None if few else ratio(figure.net),
        "customers": figure.logos,
        "customers_lost": figure.logos_lost,
        "logo_churn": None if few else ratio(figure.logo_churn),
    }


def shown_value(figure: TimeToValue) -> dict[str, Any]:
    share = figure.within_goal
    return {
        "median_days": None if is_too_few(figure.accounts) else figure.curve.median,
        "within_goal": share.within,
        "old_enough": share.old_enough,
        "share_within_goal": None if is_too_few(share.old_enough) else ratio(share.share),
        "reached": figure.reached,
        "waiting": figure.waiting,
        "left": figure.left,
    }


def shown_share(share: Share) -> dict[str, Any]:
    amount = Decimal(share.amount.numerator) / share.amount.denominator
    return {"reason": share.label, "amount": amount.quantize(MONEY), "share": ratio(share.share)}


def ratio(share: Decimal | Fraction | None) -> Decimal | None:
    if isinstance(share, Fraction):
        share = Decimal(share.numerator) / share.denominator
    return None if share is None else share.quantize(RATIO)


def by_reach(groups: Mapping[Reach, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"reach": reach.value, **shown} for reach, shown in groups.items()]


def by_month(name: str, months: Mapping[dt.date, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: month, **shown} for month, shown in months.items()]
