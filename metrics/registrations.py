"""What metrics tell the rooms below: fields of the condition language, and anchors that programs count from."""

from __future__ import annotations

import datetime as dt

from django.db.models import DecimalField, Expression, ExpressionWrapper, F, Min, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from accounts.contracts.models import Subscription
from accounts.segments.fields import register_field
from accounts.segments.rules import FieldKind, FieldSpec
from cs_platform.common import clock, dead_letters
from cs_platform.common.rebuilding import register_rebuild
from metrics.facts import operations as facts
from metrics.usage.models import Measure
from metrics.usage.selectors import latest, utilization
from programs.design.selectors import CONTRACTS, Anchor, register_anchor

NUMBER = DecimalField(max_digits=30, decimal_places=6)


def ci_pipeline_users(today: dt.date) -> Expression | F:
    """Users who ran a pipeline within 28 days; who sends no readings runs none that we know of."""
    newest = latest(Measure.CI_PIPELINE_USERS, today=today)
    summed = (
        Subscription.objects.filter(account=OuterRef("pk"))
        .annotate(newest=newest)
        .order_by()
        .values("account")
        .annotate(total=Sum("newest"))
        .values("total")
    )
    return Coalesce(Subquery(summed, output_field=NUMBER), Value(0), output_field=NUMBER)


def license_utilization(today: dt.date) -> Expression | F:
    """A share: 0.75 is 75 %; missing where no subscription reports (GitLab handbook, customer health scoring)."""
    share = Subquery(utilization(Q(account=OuterRef("pk")), today=today), output_field=NUMBER)
    return ExpressionWrapper(share, output_field=NUMBER)


def ptc_score(today: dt.date) -> Expression | F:
    """The propensity to churn of the subscription that is worst off, 1 the highest; missing where none was scored."""
    newest = latest(Measure.PTC_SCORE, today=today)
    worst = (
        Subscription.objects.filter(account=OuterRef("pk"))
        .annotate(newest=newest)
        .order_by()
        .values("account")
        .annotate(worst=Min("newest"))
        .values("worst")
    )
    return ExpressionWrapper(Subquery(worst, output_field=NUMBER), output_field=NUMBER)


register_field(
    FieldSpec("ci_pipeline_users", "CI pipeline users", FieldKind.NUMBER, as_of_source="metrics_reading"),
    ci_pipeline_users,
)
register_field(
    FieldSpec("license_utilization", "License utilization", FieldKind.NUMBER, as_of_source="metrics_reading"),
    license_utilization,
)
register_field(
    FieldSpec("ptc_score", "Propensity to churn (PTC)", FieldKind.NUMBER, as_of_source="metrics_reading"), ptc_score
)
register_anchor(
    Anchor(
        "first_value_or_day_90",
        "day after first value, or day 90 of the contract, whichever is first",
        # Value that a trial reached is value on the first day: nobody is asked before they are a customer.
        sql="(case when a.contract_date is not null then least("
        "(select min(greatest(m.reached_date, a.contract_date)) + 1 from metrics_milestone m where m.account_id = a.id"
        " and m.subscription_id is null and m.kind = 'first_value' and m.withdrawn_at is null),"
        " a.contract_date + 90) end)",
        # The survey's day may still move while first value is out; it is sent once per contract all the same.
        events=CONTRACTS,
    )
)


def _rebuild_figures() -> str:
    rows = facts.rebuild(through=clock.today())
    return f"Rebuilt the monthly figures: {rows} rows."


register_rebuild(_rebuild_figures)
dead_letters.register_kind(facts.KIND, "Monthly figures of an account")
