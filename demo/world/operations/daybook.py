"""The rows of one day, gathered from all customers and then written with one statement for each kind."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.book import operations as book
from accounts.book.models import Account, ExternalId
from accounts.book.operations import external_ids
from accounts.contracts import operations as contracts
from accounts.contracts.operations import Deal, Term
from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry
from cs_platform.common.bulk import cursor, update_rows
from demo.world.operations.contracts import close_renewals
from demo.world.rules.customers import DAYS_BETWEEN_READINGS, ptc_score
from demo.world.rules.lives import Life, Read
from demo.world.rules.worlds import OPPORTUNITY, DaySummary, World, salesforce_15
from metrics.usage.models import Measure
from metrics.value import operations as value
from metrics.value.models import Kind as MilestoneKind
from metrics.value.operations import Reached

SALESFORCE = "salesforce"


@dataclass(slots=True)
class Daybook:
    """What is to be written of `day`, as recorded at `now`; `decisions` are deals that close an open renewal."""

    world: World
    day: dt.date
    now: dt.datetime
    summary: DaySummary
    names: list[ExternalId] = field(default_factory=list)
    reads: list[tuple[int, dt.date, Read]] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    decisions: list[Deal] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    milestones: dict[str, list[Reached]] = field(default_factory=dict)  # by whoever knows of them
    valued: dict[int, dt.date] = field(default_factory=dict)  # when accounts' usage reached first value
    changed: dict[int, Life] = field(default_factory=dict)  # lives whose stage or segment is another
    csms: dict[int, int | None] = field(default_factory=dict)  # account to user
    is_new_month: bool = False  # last month's true-ups end, and rates are new

    def name_outside(self, kind: str, names: Mapping[str, int], *, system: str = SALESFORCE) -> None:
        """Let names in another system stand for rows of ours."""
        self.names += [
            ExternalId(system=system, kind=kind, external_id=external_ids.normalize(system, name), object_id=pk)
            for name, pk in names.items()
        ]

    def write(self, *, keeps_readings: bool = True) -> None:
        """Write all that was gathered, and copy down what pages filter accounts by."""
        if keeps_readings:
            self.summary.counts["readings"] += write_readings(reads=self.reads)
        if self.terms:
            contracts.record_lines(terms=self.terms)
        self._write_deals()
        timeline.record(entries=self.entries)
        self._write_milestones(has_readings=keeps_readings)
        ExternalId.objects.bulk_create(self.names, batch_size=5000)
        self._write_accounts()

    # First value follows from the readings, where these are kept.
    def _write_milestones(self, *, has_readings: bool) -> None:
        if has_readings and self.valued:
            value.note_first_values(now=self.now, account_ids=self.valued.keys())
        for source, reached in self.milestones.items():
            value.reach(reached=reached, source=source, actor=source, now=self.now)
        if not has_readings:
            unread = [Reached(account, MilestoneKind.FIRST_VALUE, day) for account, day in self.valued.items()]
            value.reach(reached=unread, source=value.PRODUCT, actor="Keel", now=self.now)

    def reach(self, reached: Reached, *, source: str) -> None:
        self.milestones.setdefault(source, []).append(reached)

    def _write_deals(self) -> None:
        deals = [*self.deals, *close_renewals(deals=self.decisions)]
        if deals:
            made = contracts.record_deals(deals=deals)
            self.name_outside(
                ExternalId.Kind.OPPORTUNITY, {salesforce_15(OPPORTUNITY, each.pk): each.pk for each in made}
            )

    def _write_accounts(self) -> None:
        rows = [
            Account(pk=pk, stage=life.stage, segment=life.segment, priority=life.priority)
            for pk, life in self.changed.items()
        ]
        update_rows(rows, ["stage", "segment", "priority"])
        if self.csms:
            book.assign_csms(csm_by_account=self.csms, on=self.day)
        if self.is_new_month or self.summary.accounts:
            touched = None if self.is_new_month else self.summary.accounts
            contracts.denormalise_contracts(account_ids=touched, today=self.day)


SOURCE = "product"
# Propensity to churn is scored with the first reading of a month, once there is something to go by.
YOUNGEST_SCORED = 60
COPY = "copy metrics_reading (subscription_id, measure, date, value, source) from stdin"


def write_readings(*, reads: Iterable[tuple[int, dt.date, Read]]) -> int:
    """Append what subscriptions (by number) reported on a day; return the number of rows."""
    rows = [row for subscription, day, read in reads for row in _rows(subscription, day, read)]
    if rows:
        with cursor() as driver:
            driver.copy_expert(COPY, io.StringIO("".join(rows)))
    return len(rows)


def _rows(subscription: int, day: dt.date, read: Read) -> list[str]:
    is_scored = day.day <= DAYS_BETWEEN_READINGS and read.contract.age(day) >= YOUNGEST_SCORED
    values: dict[str, int | None] = {
        Measure.LICENSED_USERS.value: read.contract.terms.seats,
        Measure.BILLABLE_USERS.value: read.contract.users,
        Measure.CI_PIPELINE_USERS.value: read.pipeline_users,
        Measure.SECURITY_SCANNER_USERS.value: read.scanner_users,
        Measure.PTC_SCORE.value: ptc_score(read.contract.utilisation) if is_scored else None,
    }
    return [
        f"{subscription}\t{measure}\t{day.isoformat()}\t{value}\t{SOURCE}\n"
        for measure, value in values.items()
        if value is not None
    ]
