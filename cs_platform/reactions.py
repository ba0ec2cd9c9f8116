"""WHEN X, THEN Y: every reaction across the rooms, one function each."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from contacts.recipients.operations.reach import refresh_missing, refresh_touched
from contacts.recipients.selectors import TOUCHED
from cs_platform.common import clock, dead_letters, outbox, partitions

# Rows of common.Outbox, by kind.
outbox.register(TOUCHED, refresh_touched)
dead_letters.register_kind(outbox.DEAD_LETTERS, "Follow-up work")


@receiver(post_migrate)
def migrating_makes_the_partitions_of_the_coming_months(sender: AppConfig, **_: Any) -> None:
    if sender.label == "roof":
        partitions.ensure_ahead(today=clock.today())


@receiver(post_migrate)
def migrating_resolves_the_accounts_that_never_were(sender: AppConfig, **_: Any) -> None:
    if sender.label == "roof":
        refresh_missing()
