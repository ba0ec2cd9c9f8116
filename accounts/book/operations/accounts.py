"""Customers: what we know of them, and who looks after them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.book.models import Account, CsmAssignment, Stage
from accounts.book.operations.hierarchy import lock_accounts, set_parents
from accounts.book.rules import LifecycleStage, may_change_stage
from accounts.team.models import User
from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry, Kind


class AccountFacts(TypedDict, total=False):
    """What may be said of an account; what is left out stays as it is."""

    name: str
    segment: str
    stage: str
    market: str
    priority: int | None
    deployment: str
    products: list[str]
    purchase_channel: str
    industry: str
    country: str
    region: str
    zone: str
    is_pubsec: bool
    is_restricted: bool
    switched_off: list[str]
    contract_date: dt.date | None


class StageDoesNotFollow(ValueError):
    """A customer's life does not go from the one stage to the other."""


class BadFact(ValueError):
    """A value does not fit its field; `problems` maps each field to sentences."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{field}: {' '.join(why)}" for field, why in problems.items()))
        self.problems = problems


def open_account(*, parent: Account | None = None, **facts: Unpack[AccountFacts]) -> Account:
    """
    Add a customer.

    :raises BadFact: naming each field whose value does not fit.
    """
    account = Account(**facts)
    _check(account)
    with transaction.atomic():
        account.save()
        if parent is not None:
            set_parents(parents={account.pk: parent.pk})
            account.refresh_from_db(fields=["parent", "top"])
    return account


def change_account(*, account: Account, **facts: Unpack[AccountFacts]) -> list[str]:
    """
    Change what we know of an account and return the names of the fields that really changed.

    The parent is moved by set_parents, the CSM by assign_csm.

    :raises BadFact: naming each field whose value does not fit.
    """
    changed = [field for field, value in facts.items() if getattr(account, field) != value]
    for field in changed:
        setattr(account, field, facts[field])  # type: ignore[literal-required]
    if changed:
        _check(account)
        account.save(update_fields=changed)
    return changed


def change_stage(*, account: Account, stage: Stage, actor: str, now: dt.datetime) -> bool:
    """
    Move an account to another lifecycle stage and say so on its timeline; return whether it moved.

    :raises StageDoesNotFollow: when a customer's life does not go that way.
    """
    with transaction.atomic():
        lock_accounts([account.pk])
        account.refresh_from_db(fields=["stage"])
        before = Stage(account.stage)
        if before == stage:
            return False
        if not may_change_stage(LifecycleStage(before.value), LifecycleStage(stage.value)):
            raise StageDoesNotFollow(f"An account can't move from {before.label} to {stage.label}.")
        change_account(account=account, stage=stage)
        subject = f"Stage changed from {before.label} to {stage.label}"
        moved = Entry(
            account=account,
            kind=Kind.UPDATE,
            subject=subject,
            occurred_at=now,
            actor=actor,
            data={"stage": {"before": before.value, "after": stage.value}},
        )
        timeline.record(entries=[moved])
    return True


def undo_change(payload: Mapping[str, Any]) -> None:
    """
    Put an account's fields back as they were before a change by hand (common.by_hand): {"account": id, "fields": {}}.

    A stage goes back whatever its order: the change that led away from it is undone.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=payload["account"])
    fields: AccountFacts = payload["fields"]
    change_account(account=account, **fields)


def _check(account: Account) -> None:
    try:
        account.clean_fields(exclude=["parent", "top", "csm", "uuid"])
    except ValidationError as error:
        raise BadFact(error.message_dict) from error


# An assignment that runs past the day of the change ends there; one that would only begin later never happens.
END = """
update accounts_csmassignment h set during = daterange(lower(h.during), %(on)s) from unnest(%(ids)s::bigint[]) new(id)
where h.account_id = new.id and h.during && daterange(%(on)s, null) and lower(h.during) < %(on)s
"""
DROP = """
delete from accounts_csmassignment h using unnest(%(ids)s::bigint[]) new(id)
where h.account_id = new.id and lower(h.during) >= %(on)s
"""
DENORMALISE = """
update accounts_account a set csm_id = new.csm from unnest(%(ids)s::bigint[], %(csms)s::bigint[]) new(id, csm)
where a.id = new.id and a.csm_id is distinct from new.csm
"""


def assign_csm(*, account: Account, csm: User | None, on: dt.date) -> None:
    """Give the account a CSM from a day on, or none; see assign_csms."""
    assign_csms(csm_by_account={account.pk: csm.pk if csm else None}, on=on)
    account.csm = csm


def assign_csms(*, csm_by_account: Mapping[int, int | None], on: dt.date) -> int:
    """
    Give each account (by number) a CSM (user number, or None) from a day on; return how many have another than before.

    The history has no overlaps and the account's own `csm` is the latest. Where the CSM stays, nothing is written.
    """
    with transaction.atomic():
        locked = Account.objects.select_for_update(no_key=True).filter(pk__in=csm_by_account).order_by("pk")
        current = locked.values_list("pk", "csm_id")
        changed = {pk: csm_by_account[pk] for pk, csm in current if csm_by_account[pk] != csm}
        if not changed:
            return 0
        arguments: dict[str, list[int] | list[int | None] | dt.date] = {
            "ids": list(changed),
            "csms": list(changed.values()),
            "on": on,
        }
        with connection.cursor() as cursor:
            for statement in (DROP, END, DENORMALISE):
                cursor.execute(statement, arguments)
        CsmAssignment.objects.bulk_create(
            CsmAssignment(account_id=pk, csm_id=csm, during=DateRange(on, None)) for pk, csm in changed.items() if csm
        )
    return len(changed)
