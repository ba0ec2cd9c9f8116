"""One day's rows, gathered from all customers and then written with one statement for each kind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from accounts.book import operations as book
from accounts.book.models import Account
from accounts.contracts import operations as contracts
from accounts.contracts.operations import Deal, Term
from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry
from cs_platform.common.bulk import update_rows
from cs_platform.demo.world.operations.deals import write_deals, write_decisions
from cs_platform.demo.world.operations.milestones import milestone_entry
from cs_platform.demo.world.operations.readings import write_readings
from cs_platform.demo.world.rules.lives import Life, Read
from cs_platform.demo.world.rules.summaries import DaySummary
from cs_platform.demo.world.rules.worlds import World
from metrics.value.models import Milestone


@dataclass(slots=True)
class Daybook:
    world: World
    day: dt.date
    now: dt.datetime
    summary: DaySummary
    reads: list[tuple[int, dt.date, Read]] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    decisions: list[Deal] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    changed: dict[int, Life] = field(default_factory=dict)  # lives whose stage or segment is another
    csms: dict[int, int | None] = field(default_factory=dict)  # account to user

    def write(self, *, keeps_readings: bool) -> None:
        """Write all that was gathered, and copy down what pages filter accounts by."""
        if keeps_readings:
            self.summary.counts["readings"] += write_readings(reads=self.reads)
        if self.terms:
            contracts.record_lines(terms=self.terms, now=self.now)
        if self.decisions:
            write_decisions(deals=self.decisions)
        if self.deals:
            write_deals(deals=self.deals)
        self._write_milestones()
        if self.entries:
            timeline.record(entries=self.entries)
        self._write_accounts()

    def _write_milestones(self) -> None:
        if self.milestones:
            Milestone.objects.bulk_create(self.milestones)
            self.entries += [milestone_entry(milestone) for milestone in self.milestones]

    def _write_accounts(self) -> None:
        rows = [Account(pk=pk, stage=life.stage, segment=life.segment) for pk, life in self.changed.items()]
        update_rows(rows, ["stage", "segment"])
        if self.csms:
            book.assign_csms(csm_by_account=self.csms, on=self.day)
        everybody = self.day.day == 1  # true-ups of last month end, and rates are new
        if everybody or self.summary.accounts:
            contracts.refresh_copies(account_ids=None if everybody else self.summary.accounts, today=self.day)
