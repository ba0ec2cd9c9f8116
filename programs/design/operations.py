from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.segments.selectors import check_condition
from accounts.team.models import User
from contacts.delivery import operations as delivery
from contacts.delivery.models import Mailing
from programs.design import rules
from programs.design.models import Program, Status, Version
from programs.design.selectors import anchor_names


class NotRunnable(Exception):
    """The program is not in a state from which this can be done."""


@transaction.atomic
def publish(*, program: Program, document: rules.Document, by: User, now: dt.datetime, note: str = "") -> Version:
    """
    Freeze a document as the program's next version and make the program active.

    Who is inside stays on the version they entered with. Each step has one mailing whatever the version, so that
    nobody is written to twice for one step and its counters go on.

    :raises rules.BadDocument: listing what is wrong.
    :raises BadCondition: naming the place in the audience or a step's condition.
    """
    rules.check(document, anchors=anchor_names())
    document = _canonical(document)
    standing = Program.objects.select_for_update().get(pk=program.pk)
    version = Version.objects.create(
        program=program,
        number=program.versions.count() + 1,
        document=rules.as_json(document),
        published_at=now,
        published_by=by,
        note=note,
    )
    for position, step in enumerate(document.steps, start=1):
        delivery.ensure_mailing(
            kind=Mailing.Kind.SURVEY if step.kind == "survey" else Mailing.Kind.PROGRAM_STEP,
            key=mailing_key(program, step),
            name=step.title,
            message_class=document.recipients.message_class.value,
            program_ref=program.pk,
            position=position,
            max_lateness=dt.timedelta(days=max(document.latest_days, 1)),
            policy=document.recipients,
        )
    if standing.status == Status.PAUSED:
        delivery.resume_mailings(program_ref=program.pk, how="send", now=now)
    delivery.run_mailings(program_ref=program.pk)
    program.status, program.changed_at = Status.ACTIVE, now
    program.first_published_at = program.first_published_at or now
    # Publishing ends a pause, too.
    program.resumed_at = now if standing.status == Status.PAUSED else standing.resumed_at
    program.skipped_until = None
    program.save(update_fields=["status", "changed_at", "first_published_at", "resumed_at", "skipped_until"])
    return version


def _canonical(document: rules.Document) -> rules.Document:
    steps = [replace(step, only_if=check_condition(step.only_if)) if step.only_if else step for step in document.steps]
    return replace(document, audience=check_condition(document.audience), steps=tuple(steps))


def mailing_key(program: Program, step: rules.Step) -> str:
    return f"{program.key}/{step.key}"


@transaction.atomic
def change_status(
    *, program: Program, before: Collection[Status], after: Status, now: dt.datetime, **noted: Any
) -> None:
    """
    Move a program from one of these states to another; `noted` are further fields.

    :raises NotRunnable: when the program is in none of the states before.
    """
    standing = Program.objects.filter(pk=program.pk, status__in=before)
    if not standing.update(status=after, changed_at=now, **noted):
        raise NotRunnable(f"The program is not {' or '.join(status.label.lower() for status in before)}.")
    program.refresh_from_db()
