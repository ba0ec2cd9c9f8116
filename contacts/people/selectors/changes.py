"""The audit of an account with the names of its contacts and the labels of their roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from accounts.audit.models import Change
from accounts.audit.selectors import FieldChange, Line, lines_of
from accounts.team.selectors import names_of
from contacts.people.models import GitlabRole, Membership, RoleChange, Source


@dataclass(frozen=True, slots=True)
class RoleEvent:
    """A role given or taken away: which, by whom, where and when."""

    label: str
    is_added: bool
    actor: str
    source: str
    changed_at: dt.datetime


def role_histories_of(membership_ids: Collection[int]) -> dict[int, list[RoleEvent]]:
    """Return by membership what happened to the contact's GitLab roles, newest first; three queries at most."""
    changes = list(RoleChange.objects.filter(membership__in=membership_ids).order_by("-changed_at", "-pk"))
    labels = dict(GitlabRole.objects.values_list("key", "label"))
    actors = names_of({one.actor for one in changes})
    found: dict[int, list[RoleEvent]] = {number: [] for number in membership_ids}
    for one in changes:
        label, source = labels.get(one.role, one.role), Source(one.source).label
        event = RoleEvent(label, one.is_added, actors[one.actor], source, one.changed_at)
        found[one.membership_id].append(event)
    return found


@dataclass(frozen=True, slots=True)
class NamedLine:
    """One audit entry; `name` is the contact it is about, where it is about one."""

    name: str
    line: Line

    @property
    def is_changed(self) -> bool:
        return self.line.operation == Change.Operation.UPDATE


def in_words(changes: Iterable[Change]) -> list[NamedLine]:
    """Return audit entries as the account page shows them, in the order given."""
    lines = lines_of(changes)
    rows = [line.row_id for line in lines if line.table == Membership._meta.db_table]
    contacts = Membership.objects.filter(pk__in=rows).select_related("person")
    names = {contact.pk: contact.person.display_name for contact in contacts}
    roles = dict(GitlabRole.objects.values_list("key", "label"))
    return [
        NamedLine(names.get(line.row_id, ""), _with_role_labels(line, roles))
        if line.table == Membership._meta.db_table
        else NamedLine("", line)
        for line in lines
    ]


def _with_role_labels(line: Line, labels: Mapping[str, str]) -> Line:
    return replace(line, fields=tuple(_labelled(field, labels) for field in line.fields))


def _labelled(field: FieldChange, labels: Mapping[str, str]) -> FieldChange:
    if field.label != "GitLab Role":
        return field
    before, after = (
        ", ".join(labels.get(key, key) for key in side.split(", ")) for side in (field.before, field.after)
    )
    return FieldChange(field.label, before, after)
