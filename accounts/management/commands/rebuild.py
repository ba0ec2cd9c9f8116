"""Rebuild what is copied down for filters and lists from the facts it follows from."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.contracts.operations import denormalise_contracts
from cs_platform.common import clock
from cs_platform.common.acting import acting
from cs_platform.common.rebuilding import rebuild_all


class Command(BaseCommand):
    help = "Rebuild ARR, seats, products, renewal dates and top-level parents from contract lines and the hierarchy."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(actor="rebuild"):
            changed = denormalise_contracts(account_ids=None, today=clock.today())
        accounts = "account" if changed == 1 else "accounts"
        self.stdout.write(f"{changed} {accounts} had something else copied down than their contracts say.")
        for said in rebuild_all():
            self.stdout.write(said)
