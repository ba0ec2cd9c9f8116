"""Builders for what is sent: an email, a mailing, planned deliveries; and a postman who notes what he carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import Account
from contacts.content import operations as content
from contacts.content.rules import Draft
from contacts.delivery.operations import Planned, ensure_mailing, plan
from contacts.delivery.operations.transports import Letter, Outcome
from contacts.models import Delivery, Mailing, Membership, Sender, TemplateVersion
from tests import factories
from tests.factories import NOW

BLOCKS: list[dict[str, Any]] = [
    {"type": "text", "text": 'Hello {{ contact.first_name | default("there") }}, welcome to {{ account.name }}.'},
    {"type": "button", "label": "Read the guide", "url": "https://docs.example/guide"},
    {"type": "text", "text": "Or see [the forum](https://forum.example/start)."},
]

_number = count(1)


def email(**fields: Any) -> TemplateVersion:
    """Return a frozen email with two links."""
    key = fields.get("key", f"email-{next(_number)}")
    draft = Draft(fields.get("subject", "Your first pipeline"), "", fields.get("blocks", BLOCKS))
    template = content.save_template(key=key, name=key, draft=draft, now=NOW)
    return content.freeze_template(template=template, now=NOW)


def sender(**fields: Any) -> Sender:
    plain = {"name": "Customer Programs", "address": f"programs{next(_number)}@keel.example", **fields}
    return Sender.objects.create(**plain)


def mailing(**fields: Any) -> Mailing:
    plain = {
        "kind": "program_step",
        "key": f"program/step-{next(_number)}",
        "name": "A step",
        "message_class": "enablement",
    }
    return ensure_mailing(**{**plain, **fields})


def planned(
    member: Membership,
    *,
    mailing: Mailing,
    sender: Sender,
    email: TemplateVersion,
    occurrence: str = "contract_start:2026-03-02",
    due_at: dt.datetime = NOW,
) -> Planned:
    return Planned(
        mailing_id=mailing.pk,
        person_id=member.person_id,
        occurrence=occurrence,
        membership_id=member.pk,
        account_id=member.account_id,
        sender_id=sender.pk,
        template_version_id=email.pk,
        program_version=1,
        participant_ref=None,
        category="enablement",
        address=member.person.email or "",
        merge={
            "contact.first_name": member.person.first_name,
            "account.name": member.account.name,
            "organisation.name": "Keel Works",
            "organisation.address": "1 Harbour Street, Porto",
        },
        due_at=due_at,
    )


def deliveries(number: int, *, account: Account | None = None, due_at: dt.datetime = NOW) -> list[Delivery]:
    """Return so many planned deliveries of one mailing to different people at one account."""
    at = account or factories.account()
    said, by, what = mailing(), sender(), email()
    members = [factories.membership(account=at) for _ in range(number)]
    plan([planned(member, mailing=said, sender=by, email=what, due_at=due_at) for member in members], now=NOW)
    return list(Delivery.objects.filter(mailing=said).order_by("id"))


def let_leases_end() -> None:
    """Let every lease end at once, as if its worker had been dead for a minute."""
    Delivery.objects.exclude(lease_until=None).update(lease_until=timezone.now() - dt.timedelta(seconds=1))


class NotingPostman:
    """Carries nothing anywhere and remembers whom each letter was for."""

    def __init__(self, *, state: str = "sent") -> None:
        self.state = state
        self.carried: list[str] = []
        self.contents: list[bytes] = []
        self.copies: list[tuple[str, bytes]] = []

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        self.carried += [letter.address for letter in letters]
        self.contents += [letter.content for letter in letters]
        self.copies += [(letter.copy.address, letter.copy.content) for letter in letters if letter.copy]
        return [Outcome(letter.delivery_id, self.state, transport="smtp") for letter in letters]

    def close(self) -> None:
        """Nothing to leave."""
