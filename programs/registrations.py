"""What programs tell the rooms below."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from django.urls import reverse

from accounts.book.models import Account
from contacts.delivery.selectors import Origin, register_origins
from contacts.people.models import Membership
from contacts.recipients.rules import GITLAB_ADMIN
from contacts.recipients.selectors import Upcoming, register_upcoming
from cs_platform.common import clock
from cs_platform.common.dead_letters import register_kind
from programs.design.models import Program
from programs.design.rules import due_date
from programs.design.selectors import documents, running_programs
from programs.participants.models import Participant
from programs.participants.operations.enrollment import foresee_entries
from programs.participants.rules import due_instant

Links = Callable[[Sequence[str]], Mapping[str, tuple[str, str]]]


def origins(program_ids: Collection[int]) -> Mapping[int, Origin]:
    names = Program.objects.filter(pk__in=program_ids).values_list("id", "name")
    return {number: Origin(name, reverse("programs:program", args=[number])) for number, name in names}


register_origins(origins)


def _programs(keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    return {str(number): (origin.name, origin.url) for number, origin in origins([int(key) for key in keys]).items()}


def _participants(keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    found = Participant.objects.filter(pk__in=keys).select_related("program", "account", "membership__person")
    return {
        str(row.pk): (
            f"{row.membership.person.display_name if row.membership else row.account.name}, {row.program.name}",
            reverse("programs:participant", args=[row.pk]),
        )
        for row in found
    }


# Keys that end in an account's number: "17:4" is account 4 in program 17, "renewal:4" its renewal.
def _accounts(keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    numbers = {key: int(key.rpartition(":")[2]) for key in keys}
    names = dict(Account.objects.filter(pk__in=numbers.values()).values_list("id", "name"))
    programs = origins([int(key.partition(":")[0]) for key in keys if key.partition(":")[0].isdecimal()])
    named = {str(number): origin.name for number, origin in programs.items()}
    return {
        key: (
            f"{names[number]}, {named.get(key.partition(':')[0], key.partition(':')[0].replace('_', ' '))}",
            reverse("accounts:account", args=[number]),
        )
        for key, number in numbers.items()
        if number in names
    }


KINDS: tuple[tuple[str, str, Links], ...] = (
    ("programs.candidates", "Program to enroll into", _programs),
    ("programs.enroll", "Account to enroll", _accounts),
    ("programs.events", "Account date to track", _accounts),
    ("programs.correct", "Participant to reschedule", _participants),
    ("programs.advance", "Participant to advance", _participants),
)
for kind, label, link in KINDS:
    register_kind(kind, label, link=link)


def next_emails(account_ids: Collection[int], now: dt.datetime) -> list[Upcoming]:
    """Return every email of the participants that a run would let in now, each on its planned day."""
    entries = foresee_entries(account_ids, now=now)
    memberships = [participant.membership_id for participant in entries if participant.membership_id]
    contacts = Membership.objects.select_related("person", "account").in_bulk(memberships)
    read = documents({participant.version_id for participant in entries})
    return [
        Upcoming(
            key=f"{participant.program_id}:{participant.account_id}:{participant.entry_key}:{contact.pk}:{step.key}",
            program=participant.program.name,
            message=step.title,
            recipient=contact.person.display_name,
            due_at=due_instant(
                due_date(step, document=document, anchor=participant.anchor_date, entered=clock.date_of(now)),
                hour=document.send_hour,
                zone=contact.person.zone or contact.account.zone,
                now=now,
            ),
        )
        for participant in entries
        if (contact := contacts.get(participant.membership_id or 0)) and (document := read[participant.version_id])
        for step in document.steps
    ]


def roles_sent_to() -> set[str]:
    policies = [running.document.recipients for running in running_programs()]
    addressed: set[str] = {role for policy in policies for role in policy.roles}
    return addressed | ({GITLAB_ADMIN} if any(policy.admins for policy in policies) else set())


register_upcoming(next_emails, roles=roles_sent_to)
