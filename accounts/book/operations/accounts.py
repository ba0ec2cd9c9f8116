"""Open an account, and change what we know of it."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.book.models import Account, Stage
from accounts.book.operations.hierarchy import set_parents
from accounts.book.rules import LifecycleStage, may_change_stage
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
    before = Stage(account.stage)
    if before == stage:
        return False
    if not may_change_stage(LifecycleStage(before.value), LifecycleStage(stage.value)):
        raise StageDoesNotFollow(f"{stage.label} does not follow {before.label}.")
    with transaction.atomic():
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


def _check(account: Account) -> None:
    try:
        account.clean_fields(exclude=["parent", "top", "csm", "uuid"])
    except ValidationError as error:
        raise BadFact(error.message_dict) from error
