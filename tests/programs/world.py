"""Builders for programs that run: publish one, let a day pass, and see who is inside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from accounts.models import Account, User
from contacts.delivery import operations as delivery
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_all_hits
from contacts.models import Delivery, Link, Membership
from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass
from programs.design import operations as design
from programs.design import rules
from programs.models import Program
from programs.participants import operations as participants
from surveys.design.operations import publish_survey
from tests import factories, mail
from tests.factories import NOW, TODAY
from tests.surveys.asking import QUESTIONS

DIGITAL = {"all": [{"field": "segment", "op": "in", "value": ["tech_touch", "scale"]}]}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DAY = dt.timedelta(days=1)


def program(owner: User, *, key: str = "welcome", **fields: Any) -> Program:
    plain = {"name": "Welcome", "category": "onboarding", "changed_at": NOW, **fields}
    return Program.objects.create(key=key, owner=owner, **plain)


def step(number: int, *, day: int, only_if: dict[str, Any] | None = None) -> rules.Step:
    return rules.Step(f"mail-{number}", "email", f"Mail {number}", day, mail.email().pk, only_if=only_if)


def survey_step() -> rules.Step:
    version = publish_survey(key="nps", name="Post-onboarding NPS", kind="nps", questions=QUESTIONS, now=NOW)
    return rules.Step("ask", "survey", "How are we doing?", 0, mail.email().pk, version.pk)


def document_of(*steps: rules.Step, message_class: MessageClass = MessageClass.ONBOARDING) -> rules.Document:
    return rules.Document(
        audience=DIGITAL,
        trigger=rules.Trigger("contract_start", 0, 2),
        recipients=DEFAULT_POLICIES[message_class],
        sender=mail.sender().pk,
        steps=steps or (step(1, day=0), step(2, day=3)),
        send_hour=0,
    )


def published(
    owner: User, *steps: rules.Step, document: Mapping[str, Any] = MappingProxyType({}), **fields: Any
) -> Program:
    """Return a program of two emails, or of these steps, published at NOW."""
    made = program(owner, **fields)
    text = replace(document_of(*steps), **document)
    design.publish(program=made, document=text, by=owner, now=NOW, note="First version")
    return made


def published_survey(owner: User) -> Program:
    made = program(owner, key="nps", name="Post-onboarding NPS")
    asked = document_of(survey_step(), message_class=MessageClass.NPS)
    design.publish(program=made, document=asked, by=owner, now=NOW)
    return made


def customer(**fields: Any) -> Account:
    """Return an account whose contract begins today."""
    return factories.account(**{"contract_date": TODAY, "deployment": "saas", **fields})


def admin(account: Account | None = None, **fields: Any) -> Membership:
    return factories.membership(account=account or customer(), roles=["gitlab_admin"], **fields)


def live(now: dt.datetime = NOW) -> None:
    """Do once what beat and the workers do all the time."""
    participants.enroll_all(now=now)
    participants.advance_all(now=now)
    postman = mail.NotingPostman()
    delivery.send_due(worker="w", limit=500, now=now, postman=postman, is_simulated=True, clock=lambda: now)
    judge_all_hits(now=now)


def click(row: Delivery, *, at: dt.datetime, settle: bool = True) -> None:
    """Let the reader of a message open it and follow its first link."""
    link = Link.objects.get(version=row.template_version, number=1)
    common: dict[str, Any] = {"method": "GET", "user_agent": FIREFOX, "network": "192.0.2.0/24"}
    opened = RawHit("opened", row.pk, at - dt.timedelta(seconds=30), f"o{row.pk}:{at}", **common)
    clicked = RawHit("clicked", row.pk, at, f"c{row.pk}:{at}", link_id=link.pk, **common)
    record_hits([opened, clicked], now=at)
    if settle:
        judge_all_hits(now=at + dt.timedelta(minutes=2))
