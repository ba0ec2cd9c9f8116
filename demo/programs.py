"""Publish the catalogue's programs with the product's own operations, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from accounts.team.models import User
from contacts.content import operations as content
from contacts.delivery.models import Sender
from demo.catalogue import PROGRAMS, SENDERS, SURVEYS, DemoProgram, DemoStep
from demo.prose import read_email
from programs.design import operations as design
from programs.design import rules
from programs.design.models import Program
from surveys.design.models import SurveyVersion
from surveys.design.operations import NewQuestion, publish_survey


def publish_programs(*, owner: User, now: dt.datetime) -> None:
    surveys = _publish_surveys(now)
    senders = _senders()
    for described in PROGRAMS:
        _publish(described, owner=owner, senders=senders, surveys=surveys, now=now)


def publish_issues(*, owner: User, now: dt.datetime) -> None:
    """Publish the month's issue of the programs that have one each month."""
    surveys, senders = _publish_surveys(now), _senders()
    for described in PROGRAMS:
        if described.issues:
            _publish(described, owner=owner, senders=senders, surveys=surveys, now=now)


def _publish_surveys(now: dt.datetime) -> dict[str, SurveyVersion]:
    return {
        survey.key: publish_survey(
            key=survey.key,
            name=survey.name,
            kind="nps",
            questions=[NewQuestion(q.key, q.kind, q.text, q.is_required) for q in survey.questions],
            now=now,
        )
        for survey in SURVEYS
    }


def _senders() -> dict[str, Sender]:
    made = {}
    for sender in SENDERS:
        made[sender.key], _ = Sender.objects.get_or_create(address=sender.address, defaults={"name": sender.name})
    return made


def _publish(
    described: DemoProgram,
    *,
    owner: User,
    senders: Mapping[str, Sender],
    surveys: Mapping[str, SurveyVersion],
    now: dt.datetime,
) -> None:
    program, _ = Program.objects.get_or_create(
        key=described.key,
        defaults={
            "name": described.name,
            "category": described.category,
            "purpose": described.description,
            "goal": described.goal,
            "owner": owner,
            "changed_at": now,
        },
    )
    first, last = described.window
    document = rules.Document(
        audience=described.audience,
        trigger=rules.Trigger(described.anchor, first, last),
        recipients=described.policy,
        sender=senders[described.sender].pk,
        steps=tuple(_step(step, surveys, now) for step in described.steps_in(now.month)),
        # A welcome goes out at once; everything else in the reader's morning.
        send_hour=0 if described.key == "onboarding_enrollment" else 9,
        replies_to_csm=described.key == "intro_cs",
        copies_csm=described.key == "intro_cs",
    )
    note = f"{now:%B} issue" if described.issues else "First version"
    design.publish(program=program, document=document, by=owner, now=now, note=note)


def _step(step: DemoStep, surveys: Mapping[str, SurveyVersion], now: dt.datetime) -> rules.Step:
    draft = read_email(step.email)
    template = content.save_template(key=step.email.replace("/", "-"), name=step.title, draft=draft, now=now)
    version = content.freeze_template(template=template, now=now)
    return rules.Step(
        key=step.key,
        kind=step.kind,
        title=step.title,
        day=step.day,
        template_version=version.pk,
        survey_version=surveys[step.survey].pk if step.survey else None,
        only_if=step.only_if,
    )
