"""Shells: what beat asks for, one operation each."""

from __future__ import annotations

from celery import shared_task

from accounts.contracts import operations as contracts
from cs_platform.common import clock
from cs_platform.common.acting import act


@shared_task
def denormalise_contracts() -> None:
    # Lines begin and end by the calendar: what is in force today need not be what was yesterday.
    act(lambda: contracts.denormalise_contracts(account_ids=None, today=clock.today()), actor="worker")
