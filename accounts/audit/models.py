from __future__ import annotations

from django.db import models


class Change(models.Model):
    """Before and after of one changed row of configuration or customer data. Written by triggers only."""

    class Operation(models.TextChoices):
        INSERT = "insert", "Added"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Removed"

    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    operation = models.CharField(max_length=6, choices=Operation)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    actor = models.CharField(max_length=254)
    source = models.CharField(max_length=20)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["table_name", "row_id", "-changed_at"], name="change_of_row"),
            models.Index(fields=["account_id", "-changed_at"], name="change_at_account"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of {self.table_name} #{self.row_id}"
