"""Who is in a program, where, and why; and who is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet

from accounts.book.models import Account
from accounts.team.models import User
from contacts.delivery.models import Delivery
from contacts.delivery.selectors import Overdue, resume_preview
from contacts.people.models import Membership
from cs_platform.common import clock
from cs_platform.common.keyset import Column
from cs_platform.common.search import WordsQuery
from programs.design.models import Program
from programs.participants.models import Decision, Participant, State
from programs.participants.rules import Lineage

INSIDE = (State.QUEUED, State.ACTIVE, State.WAITING, State.HELD)
LEFT = (State.EXITED, State.REMOVED, State.ERRORED)
# States that a list shows together, by the name of their filter.
GROUPS: dict[str, tuple[State, ...]] = {
    "entered": (*INSIDE, State.COMPLETED, *LEFT),
    "inside": INSIDE,
    "completed": (State.COMPLETED,),
    "left": LEFT,
    "rejected": (State.REJECTED,),
}


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """What a list of participants is narrowed to; an empty value narrows nothing."""

    group: str = ""  # of GROUPS
    reason: str = ""
    step: str = ""
    words: str = ""


NEWEST_CHANGE = [Column("changed_at", is_descending=True), Column("pk", is_descending=True)]


def participants_of(
    program: Program, *, viewer: User, wanted: ParticipantFilter = ParticipantFilter()
) -> QuerySet[Participant]:
    """Return the program's participants whom the viewer may see, with what a table shows: pages are NEWEST_CHANGE."""
    found = Participant.objects.for_viewer(viewer).filter(program=program)
    if wanted.group:
        found = found.filter(state__in=GROUPS[wanted.group])
    if wanted.reason:
        found = found.filter(reason=wanted.reason)
    if wanted.step:
        found = found.filter(step_key=wanted.step)
    if wanted.words:
        found = found.filter(_about(wanted.words))
    related = found.select_related("account__csm", "membership__person", "version")
    return related.defer("version__document")


# A participant without a contact is an account that reached nobody.
def _about(words: str) -> Q:
    contacts = Membership.objects.filter(search__words=WordsQuery(words)).values("id")
    accounts = Account.objects.filter(search__words=WordsQuery(words)).values("id")
    return Q(membership__in=contacts) | Q(membership=None, account__in=accounts)


def group_counts(program: Program, *, viewer: User) -> dict[str, int]:
    """Return how many participants the viewer may see of each group, and of all ("")."""
    seen = Participant.objects.for_viewer(viewer).filter(program=program).values_list("state")
    by_state: dict[str, int] = dict(seen.annotate(number=Count("id")))
    counts = {group: sum(by_state.get(state, 0) for state in states) for group, states in GROUPS.items()}
    return {"": sum(by_state.values()), **counts}


def participant_counts(program_ids: Sequence[int], *, viewer: User) -> dict[int, dict[str, int]]:
    """Return how many participants that the viewer may see each program has in each state."""
    counted: dict[int, dict[str, int]] = {number: {} for number in program_ids}
    rows = Participant.objects.for_viewer(viewer).filter(program__in=program_ids).values_list("program_id", "state")
    for program, state, number in rows.annotate(number=Count("id")):
        counted[program][state] = number
    return counted


def participations_at(account_id: int, *, viewer: User) -> QuerySet[Participant]:
    """Return the programs an account or its contacts are or were in, newest first."""
    found = Participant.objects.for_viewer(viewer).filter(account=account_id)
    return found.select_related("program", "membership__person").order_by("-entered_at", "-pk")


@dataclass(frozen=True, slots=True)
class Flow:
    """How many participants came in, came through, and left on the way in a period."""

    entered: int = 0
    completed: int = 0
    left: int = 0


def flow(
    program: Program,
    *,
    viewer: User,
    since: dt.datetime | None,
    until: dt.datetime,
    version_ids: Collection[int] | None = None,
) -> Flow:
    """Return the comings and goings in [since, until) of participants the viewer may see, of these versions or all."""
    entered, finished = Q(entered_at__lt=until), Q(finished_at__lt=until)
    if since is not None:
        entered, finished = entered & Q(entered_at__gte=since), finished & Q(finished_at__gte=since)
    seen = Participant.objects.for_viewer(viewer).filter(program=program)
    counted = (seen if version_ids is None else seen.filter(version__in=version_ids)).aggregate(
        entered=Count("id", filter=entered & ~Q(state=State.REJECTED)),
        completed=Count("id", filter=finished & Q(state=State.COMPLETED)),
        left=Count("id", filter=finished & Q(state__in=LEFT)),
    )
    return Flow(**counted)


def left_at_steps(program: Program, *, viewer: User, since: dt.datetime | None, until: dt.datetime) -> dict[str, int]:
    """Return how many participants left in [since, until), by the step they were at."""
    gone = Participant.objects.for_viewer(viewer).filter(program=program, state__in=LEFT, finished_at__lt=until)
    if since is not None:
        gone = gone.filter(finished_at__gte=since)
    return dict(gone.values_list("step_key").annotate(number=Count("id")))


COMINGS_AND_GOINGS = """
select day, sum(change) from (
  select (entered_at at time zone (select keel_zone()))::date as day, 1 as change from ({seen}) p where entered_at >= %s
  union all
  select (finished_at at time zone (select keel_zone()))::date, -1 from ({seen}) p where finished_at >= %s
) moves group by day
"""


def overdue(program: Program, *, now: dt.datetime) -> Overdue:
    """Return what would leave if a paused program were resumed now: its held messages, and whoever fell due since."""
    messages = resume_preview(program_ref=program.pk, now=now)
    steps = Participant.objects.filter(program=program, state__in=[State.QUEUED, State.WAITING], due_at__lte=now)
    found = steps.aggregate(number=Count("id"), oldest=Min("due_at"))
    dates = [date for date in (messages.oldest_due_at, found["oldest"]) if date is not None]
    return Overdue(messages.number + found["number"], min(dates, default=None), messages.later)


def accounts_shut_out(program: Program, *, viewer: User) -> int:
    """Return how many accounts that the viewer may see did not enter the program at least once."""
    shut_out = Participant.objects.for_viewer(viewer).filter(program=program, state=State.REJECTED)
    return shut_out.values("account").distinct().count()


def inside_by_day(program: Program, *, viewer: User, inside_now: int, since: dt.date, today: dt.date) -> list[int]:
    """Return how many were in the program at the end of each day from `since` to `today`, when `inside_now` are."""
    start = clock.start_of(since)
    entered = Participant.objects.for_viewer(viewer).filter(program=program).exclude(state=State.REJECTED)
    seen, values = entered.values("entered_at", "finished_at").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(COMINGS_AND_GOINGS.format(seen=seen), [*values, start, *values, start])
        changes = {day: int(change) for day, change in cursor.fetchall()}
    counts, inside = [], inside_now
    for back in range((today - since).days + 1):
        counts.append(inside)
        inside -= changes.get(today - dt.timedelta(days=back), 0)
    return counts[::-1]


def decisions_about(participant: Participant) -> list[Decision]:
    """
    Return every decision about this entry of the account into the program, oldest first.

    Those about the account's other contacts are among them: why she got it is also why he did not.
    """
    found = Decision.objects.filter(
        program_id=participant.program_id, account_id=participant.account_id, entry_key=participant.entry_key
    )
    return list(found.order_by("decided_at", "id"))


def decisions_on(memberships: Sequence[Membership], *, limit: int) -> list[Decision]:
    """Return the latest decisions about these contacts, newest first."""
    # By account, because that is what the table is found by.
    accounts = [membership.account_id for membership in memberships]
    found = Decision.objects.filter(account_id__in=accounts, membership_id__in=[m.pk for m in memberships])
    return list(found.order_by("-decided_at", "-id")[:limit])


def messages_of(participant: Participant) -> dict[str, Delivery]:
    """Return the messages a participant was written, by the key of their step."""
    found = Delivery.objects.filter(participant_ref=participant.pk).select_related("mailing").order_by("pk")
    return {delivery.mailing.key.partition("/")[2]: delivery for delivery in found}


def latest_messages(participants: Sequence[Participant]) -> dict[int, Delivery]:
    """Return the latest message of each of these participants, by the participant's number; one query."""
    refs = [participant.pk for participant in participants]
    found = Delivery.objects.filter(participant_ref__in=refs).order_by("participant_ref", "-due_at", "-pk")
    return {row.participant_ref: row for row in found.distinct("participant_ref") if row.participant_ref is not None}


# Subscriptions on trial are no contract yet. Base lines alone have terms; the other lanes end with them. Where a
# subscription is superseded no term ends: its successor's does.
SUBSCRIPTIONS = """
select s.account_id, s.id, s.superseded_by_id, s.started_date,
  coalesce(array_agg(distinct upper(l.valid)) filter (where not upper_inf(l.valid)
    and s.superseded_by_id is null), '{}')
from accounts_subscription s
left join accounts_line l on l.subscription_id = s.id and upper_inf(l.known) and l.category = 'base'
where s.account_id = any(%s) and not s.is_trial
group by s.id
"""


def lineages_of(account_ids: Sequence[int]) -> dict[int, list[Lineage]]:
    """Return the lineages of these accounts: subscriptions that supersede each other are one."""
    with connection.cursor() as cursor:
        cursor.execute(SUBSCRIPTIONS, [list(account_ids)])
        rows = cursor.fetchall()
    parts: dict[int, set[int]] = {number: {number} for _, number, *_ in rows}
    for _, number, successor, *_ in rows:
        if successor in parts and parts[successor] is not parts[number]:
            parts[successor] |= parts[number]
            for member in parts[number]:
                parts[member] = parts[successor]
    facts = {number: (account, started, ends) for account, number, _, started, ends in rows}
    lineages: dict[int, list[Lineage]] = {}
    for members in {id(part): part for part in parts.values()}.values():
        account = facts[min(members)][0]
        begins = min(facts[member][1] for member in members)
        ends = {end for member in members for end in facts[member][2]}
        lineages.setdefault(account, []).append(Lineage(frozenset(members), begins, tuple(sorted(ends))))
    return lineages
