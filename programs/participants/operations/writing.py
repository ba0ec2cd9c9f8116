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
from surveys.invitations.operations import Invitee, invite


@dataclass(frozen=True, slots=True)
class Writing:
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


def letters_for(writings: Sequence[Writing], *, now: dt.datetime) -> list[Planned]:
    """Return the ledger rows of these messages; survey steps invite their readers first."""
    if not writings:
        return []
    keys = {mailing_key(w.participant.program, w.step) for w in writings}
    mailings: dict[str, int] = dict(Mailing.objects.filter(key__in=keys).values_list("key", "id"))
    senders = Sender.objects.in_bulk({w.document.sender for w in writings})
    survey_links = _invited(writings, now)
    ours = organisation()
    return [
        Planned(
            mailing_id=mailings[mailing_key(w.participant.program, w.step)],
            person_id=w.contact.person_id,
            occurrence=w.occurrence,
            membership_id=w.contact.membership_id,
            account_id=w.participant.account_id,
            sender_id=w.document.sender,
            template_version_id=w.step.template_version,
            program_version=w.participant.version.number,
            participant_ref=w.participant.pk,
            category=w.document.recipients.message_class.category.value,
            address=w.contact.email,
            merge=_values(w, senders[w.document.sender], ours, survey_links),
            due_at=now,
        )
        for w in writings
    ]


# Invite the readers of survey steps; return the links by (survey version, person, occurrence).
def _invited(writings: Sequence[Writing], now: dt.datetime) -> Mapping[tuple[int, int, str], str]:
    by_version: dict[int, list[Writing]] = defaultdict(list)
    for writing in writings:
        if writing.step.survey_version is not None:
            by_version[writing.step.survey_version].append(writing)
    links = {}
    for version in SurveyVersion.objects.filter(pk__in=by_version):
        invitees = [
            Invitee(w.contact.person_id, w.participant.account_id, w.contact.membership_id, w.occurrence)
            for w in by_version[version.pk]
        ]
        for (person, occasion), link in invite(version=version, invitees=invitees, now=now).items():
            links[version.pk, person, occasion] = link
    return links


# Return what may stand in the text, by token; what is not known is left out, so that defaults apply.
def _values(
    writing: Writing, sender: Sender, ours: Organisation | None, survey_links: Mapping[tuple[int, int, str], str]
) -> dict[str, str]:
    account, contact = writing.there.account, writing.contact
    reason = Reason(writing.participant.reason) if writing.participant.reason in list(Reason) else None
    survey = (writing.step.survey_version or 0, contact.person_id, writing.occurrence)
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
        "reply.to": account.csm.email if account.csm and writing.document.replies_to_csm else "",
        "copy.to": account.csm.email if account.csm and writing.document.copies_csm else "",
    }
    return {name: value for name, value in values.items() if value}
