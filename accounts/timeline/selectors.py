from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Max, QuerySet

from accounts.timeline.models import Entry, Kind

# GitLab's own definition: only calls and meetings are activity with a customer, mails and updates are not.
ACTIVITY = (Kind.CALL, Kind.MEETING)


def entries_of(account_id: int, *, kinds: Collection[str] = ()) -> QuerySet[Entry]:
    """Return an account's timeline, newest first; page it by slicing."""
    entries = Entry.objects.filter(account=account_id)
    if kinds:
        entries = entries.filter(kind__in=kinds)
    return entries.order_by("-occurred_at", "-pk")


def last_activity_of(account_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """Return when each account last had a call or a meeting; accounts without one are absent."""
    activity = Entry.objects.filter(account__in=account_ids, kind__in=ACTIVITY)
    return dict(activity.values_list("account").annotate(last=Max("occurred_at")))


def last_mention_of(person_ids: Iterable[int], *, account_id: int) -> dict[int, dt.datetime]:
    """
    Return when each person last appears on the account's timeline; people who never do are absent.

    A role we gave them is our doing, not a sign of theirs.
    """
    entries = Entry.objects.filter(account=account_id, person_ref__in=person_ids).exclude(kind=Kind.ROLE)
    return {
        person: last
        for person, last in entries.values_list("person_ref").annotate(last=Max("occurred_at"))
        if person is not None
    }
