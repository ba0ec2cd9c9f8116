"""What a step writes to somebody: the values in the text, and the row in the ledger."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.team.models import Organisation
from accounts.team.selectors import organisation
from contacts.delivery.models import Delivery, Mailing, Sender
from contacts.delivery.operations import Planned
from contacts.recipients.rules import Reason
from contacts.recipients.selectors import AccountPeople, Reachable
from programs.design.operations import mailing_key
from programs.design.rules import Document, Step
from programs.design.selectors import anchor, is_about_account, texts_about_accounts
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
    def is_shared(self) -> bool:
        # A survey asks about the account, whatever the day.
        return self.step.survey_version is None and anchor(self.document.trigger.anchor).is_shared

    @property
    def occurrence(self) -> str:
        is_about = not self.is_shared
        return occurrence(self.participant.entry_key, about_account=self.participant.account_id if is_about else None)


# Two workers must not both see that somebody who is at two accounts has not had a text: one of 64 locks for each.
LOCK = """
select pg_advisory_xact_lock(hashtext('programs.one_message'), shard) from (
  select distinct (m.person_id %% 64)::int as shard from programs_participant p
  join contacts_membership m on m.id = p.membership_id
  where p.id = any(%s) and exists (
    select from contacts_membership o where o.person_id = m.person_id and o.id <> m.id)
  order by 1) shards
"""

# As long as a text is remembered: what another account's renewal brings next year is said again.
REMEMBERED = dt.timedelta(days=180)


def lock_people_at_several_accounts(participant_ids: Sequence[int]) -> None:
    """Let one worker at a time plan what people at several accounts get; until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(participant_ids)])


def without_repeated(messages: Sequence[StepMessage], *, now: dt.datetime) -> list[StepMessage]:
    """
    Return these messages without those whose reader gets, or lately got, the same text for another account.

    A text that names the account, or its CSM, differs by account and is kept (is_about_account).
    """
    about = texts_about_accounts({message.step.template_version for message in messages})
    alike = [m for m in messages if not m.is_shared and not is_about_account(m.step, m.document, about)]
    if not alike:
        return list(messages)
    mailings = _mailings(alike)
    had: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    found = Delivery.objects.filter(
        mailing__in=set(mailings.values()),
        person__in={message.contact.person_id for message in alike},
        planned_at__gt=now - REMEMBERED,
    ).exclude(state__in=("cancelled", "refused"))
    for mailing, person, account in found.values_list("mailing_id", "person_id", "account_id"):
        had[mailing, person].add(account)
    repeated = set()
    for message in alike:
        accounts = had[mailings[mailing_key(message.participant.program, message.step)], message.contact.person_id]
        if accounts - {message.participant.account_id}:
            repeated.add(id(message))
        else:
            accounts.add(message.participant.account_id)
    return [message for message in messages if id(message) not in repeated]


def _mailings(messages: Sequence[StepMessage]) -> dict[str, int]:
    keys = {mailing_key(message.participant.program, message.step) for message in messages}
    return dict(Mailing.objects.filter(key__in=keys).values_list("key", "id"))


def ledger_rows(messages: Sequence[StepMessage], *, now: dt.datetime) -> list[Planned]:
    """Return the ledger rows of these messages; survey steps invite their readers first."""
    if not messages:
        return []
    mailings = _mailings(messages)
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
