"""What a step writes to somebody: the values in the text, and the row in the ledger."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.team.models import Organisation
from accounts.team.selectors import organisation
from contacts.delivery.models import Mailing, Sender
from contacts.delivery.operations import Planned
from contacts.recipients.rules import Reason
from contacts.recipients.selectors import AccountPeople, Reachable
from programs.design.operations import mailing_key
from programs.design.rules import Document, Step
from programs.design.selectors import anchor
from programs.participants.models import Participant
from programs.participants.rules import WHY_IN_WORDS, occurrence
from surveys.design.models import SurveyVersion
from surveys.responses.operations import Invitee, invite


@dataclass(frozen=True, slots=True)
class StepMessage:
    """Somebody is due a message."""

    participant: Participant
    document: Document
    step: Step
    there: AccountPeople
    contact: Reachable

    @property
    def occurrence(self) -> str:
        # A survey asks about the account, whatever the day.
        is_about = self.step.survey_version is not None or not anchor(self.document.trigger.anchor).is_shared
        return occurrence(self.participant.entry_key, about_account=self.participant.account_id if is_about else None)


def ledger_rows(messages: Sequence[StepMessage], *, now: dt.datetime) -> list[Planned]:
    """Return the ledger rows of these messages; survey steps invite their readers first."""
    if not messages:
        return []
    keys = {mailing_key(m.participant.program, m.step) for m in messages}
    mailings: dict[str, int] = dict(Mailing.objects.filter(key__in=keys).values_list("key", "id"))
    senders = Sender.objects.in_bulk({m.document.sender for m in messages})
    survey_links = _invite(messages, now)
    ours = organisation()
    return [
        Planned(
            mailing_id=mailings[mailing_key(m.participant.program, m.step)],
            person_id=m.contact.person_id,
            occurrence=m.occurrence,
            membership_id=m.contact.membership_id,
            account_id=m.participant.account_id,
            sender_id=m.document.sender,
            template_version_id=m.step.template_version,
            program_version=m.participant.version.number,
            participant_ref=m.participant.pk,
            category=m.document.recipients.message_class.category.value,
            address=m.contact.email,
            merge=_values(m, senders[m.document.sender], ours, survey_links),
            due_at=now,
        )
        for m in messages
    ]


# Invite the readers of survey steps; return the links by (survey version, person, occurrence).
def _invite(messages: Sequence[StepMessage], now: dt.datetime) -> Mapping[tuple[int, int, str], str]:
    by_version: dict[int, list[StepMessage]] = defaultdict(list)
    for message in messages:
        if message.step.survey_version is not None:
            by_version[message.step.survey_version].append(message)
    links = {}
    for version in SurveyVersion.objects.filter(pk__in=by_version):
        invitees = [
            Invitee(m.contact.person_id, m.participant.account_id, m.contact.membership_id, m.occurrence)
            for m in by_version[version.pk]
        ]
        for (person, occasion), link in invite(version=version, invitees=invitees, now=now).items():
            links[version.pk, person, occasion] = link
    return links


# Return what may stand in the text, by token; what is not known is left out, so that defaults apply.
def _values(
    message: StepMessage, sender: Sender, ours: Organisation | None, survey_links: Mapping[tuple[int, int, str], str]
) -> dict[str, str]:
    account, contact = message.there.account, message.contact
    reason = Reason(message.participant.reason) if message.participant.reason in list(Reason) else None
    survey = (message.step.survey_version or 0, contact.person_id, message.occurrence)
    values = {
        "account.name": account.name,
        "account.products": ", ".join(product.replace("_", " ").title() for product in account.products),
        "account.renewal_date": account.renewal_date.isoformat() if account.renewal_date else "",
        "contact.first_name": contact.first_name,
        "contact.last_name": contact.last_name,
        "contact.full_name": f"{contact.first_name} {contact.last_name}".strip(),
        "csm.name": account.csm.name if account.csm else "",
        "csm.email": account.csm.email if account.csm else "",
        "sender.name": sender.name,
        "organisation.name": ours.name if ours else "",
        "organisation.address": ", ".join(ours.postal_address.splitlines()) if ours else "",
        "recipient.reason": WHY_IN_WORDS.get(reason, "") if reason else "",
        "survey.link": survey_links.get(survey, ""),
        "reply.to": account.csm.email if account.csm and message.document.replies_to_csm else "",
        "copy.to": account.csm.email if account.csm and message.document.copies_csm else "",
    }
    return {name: value for name, value in values.items() if value}
