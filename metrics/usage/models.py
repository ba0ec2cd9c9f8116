from __future__ import annotations

from django.db import models


class Measure(models.TextChoices):
    """What is measured of a subscription; the value is a plain number in the unit named here."""

    LICENSED_USERS = "licensed_users", "Licensed users"
    BILLABLE_USERS = "billable_users", "Billable users"
    CI_PIPELINE_USERS = "ci_pipeline_users", "Users who ran a pipeline in 28 days"
    SECURITY_SCANNER_USERS = "security_scanner_users", "Users whose code was scanned in 28 days"
    PTC_SCORE = "ptc_score", "Propensity to churn (PTC), 1 is the highest"


class Reading(models.Model):
    """One measure of one subscription on one day; bulk loaded, partitioned by month."""

    pk = models.CompositePrimaryKey("subscription_id", "measure", "date")
    subscription_id = models.BigIntegerField()
    measure = models.CharField(max_length=40)
    date = models.DateField()
    value = models.DecimalField(max_digits=18, decimal_places=4)
    source = models.CharField(max_length=30)

    class Meta:
        managed = False
        db_table = "metrics_reading"

    def __str__(self) -> str:
        return f"{self.measure} on {self.date}"
