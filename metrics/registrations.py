"""What metrics tell the rooms below: fields of the condition language, and anchors that programs count from."""

from __future__ import annotations

import datetime as dt

from django.db.models import DecimalField, Expression, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from accounts.contracts.models import Subscription
from accounts.segments.fields import register_field
from accounts.segments.rules import FieldKind, FieldSpec
from metrics.usage.models import Measure, Reading
from metrics.usage.selectors import utilization
from programs.design.selectors import Anchor, register_anchor

NUMBER = DecimalField(max_digits=30, decimal_places=6)


def _latest(measure: Measure, today: dt.date) -> Subquery:
    """The account's newest values of a measure, one per subscription, added up; null without a reading."""
    newest = (
        Reading.objects.filter(subscription_id=OuterRef("pk"), measure=measure, date__lte=today)
        .order_by("-date")
        .values("value")[:1]
    )
    summed = (
        Subscription.objects.filter(account=OuterRef("pk"))
        .annotate(newest=Subquery(newest))
        .values("account")
        .annotate(total=Sum("newest"))
        .values("total")
    )
    return Subquery(summed, output_field=NUMBER)


def ci_pipeline_users(today: dt.date) -> Expression | F:
    """Users who ran a pipeline within 28 days; who sends no readings runs none that we know of."""
    return Coalesce(_latest(Measure.CI_PIPELINE_USERS, today), Value(0), output_field=NUMBER)


def license_utilization(today: dt.date) -> Expression | F:
    """Billable over licensed users, 0.75 for three quarters; missing where either is (GitLab handbook)."""
    licensed = NullIf(_latest(Measure.LICENSED_USERS, today), Value(0, output_field=NUMBER))
    return _latest(Measure.BILLABLE_USERS, today) / licensed


register_field(
    FieldSpec("ci_pipeline_users", "CI pipeline users", FieldKind.NUMBER, as_of_source="metrics_reading"),
    ci_pipeline_users,
)
register_field(
    FieldSpec("license_utilization", "License utilization", FieldKind.NUMBER, as_of_source="metrics_reading"),
    license_utilization,
)
register_anchor(
    Anchor(
        "first_value_or_day_90",
        "day after first value, or day 90 of the contract, whichever is first",
        sql="least((select min(m.reached_date) + 1 from metrics_milestone m where m.account_id = a.id"
        " and m.kind = 'first_value' and m.withdrawn_at is null), a.contract_date + 90)",
        # The survey's day may still move; it is sent once per contract all the same.
        occasion_sql="a.contract_date",
    )
)

# A share: 0.75 is 75 %.
register_field(
    FieldSpec("license_utilization", "License utilization", FieldKind.NUMBER, as_of_source="metrics_reading"),
    lambda today: Subquery(
        utilization(Q(account=OuterRef("pk")), today=today),
        output_field=DecimalField(max_digits=18, decimal_places=6),
    ),
)
