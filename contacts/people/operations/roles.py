"""Assign GitLab roles to contacts, and maintain the picklist of roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from accounts.timeline import operations as timeline
from accounts.timeline.models import Entry, Kind
from contacts.people.models import GitlabRole, Membership, RoleChange, Source
from contacts.people.selectors import GITLAB_ADMIN, labels_of, picklist
from cs_platform.common.bulk import update_rows


class UnknownRole(ValueError):
    """A role was named that the picklist does not offer."""

    def __init__(self, keys: Collection[str]) -> None:
        super().__init__(f"Unknown GitLab role: {', '.join(sorted(keys))}.")
        self.keys = frozenset(keys)


@dataclass(frozen=True, slots=True)
class RoleEdit:
    """What one membership gained and lost."""

    membership: Membership
    added: tuple[str, ...]
    removed: tuple[str, ...]


def set_roles(
    *, membership: Membership, roles: Collection[str], actor: str, source: Source, now: dt.datetime
) -> RoleEdit:
    """
    Set a contact's GitLab roles. Setting what is set already leaves no trace.

    :raises UnknownRole: naming the roles that the picklist does not offer.
    """
    edits = assign_roles(roles_by_membership={membership.pk: roles}, actor=actor, source=source, now=now)
    membership.roles = edits[0].membership.roles if edits else membership.roles
    return edits[0] if edits else RoleEdit(membership, (), ())


def assign_roles(
    *, roles_by_membership: Mapping[int, Collection[str]], actor: str, source: Source, now: dt.datetime
) -> list[RoleEdit]:
    """
    Give each membership (by number) exactly these roles, and return the edits that made a difference.

    A retired role may be kept by whoever has it, and given to nobody. In the same transaction go one RoleChange per
    role and one timeline entry per contact.

    :raises UnknownRole: naming the roles that the picklist does not offer; nothing is written then.
    """
    with transaction.atomic():
        held = Membership.objects.select_for_update(of=("self",), no_key=True).select_related("person").order_by("pk")
        memberships = held.in_bulk(list(roles_by_membership))
        edits = [
            RoleEdit(membership, tuple(sorted(wanted - had)), tuple(sorted(had - wanted)))
            for pk, membership in memberships.items()
            if (wanted := set(roles_by_membership[pk])) != (had := set(membership.roles))
        ]
        if not edits:
            return []
        if unknown := {role for edit in edits for role in edit.added} - set(picklist().values_list("key", flat=True)):
            raise UnknownRole(unknown)
        for edit in edits:
            edit.membership.roles = sorted(roles_by_membership[edit.membership.pk])
        update_rows([edit.membership for edit in edits], ["roles"])
        _remember(edits, actor=actor, source=source, now=now)
    return edits


def _remember(edits: Collection[RoleEdit], *, actor: str, source: Source, now: dt.datetime) -> None:
    RoleChange.objects.bulk_create(
        RoleChange(membership=edit.membership, role=role, is_added=is_added, actor=actor, source=source)
        for edit in edits
        for is_added, roles in ((True, edit.added), (False, edit.removed))
        for role in roles
    )
    labels = labels_of({role for edit in edits for role in (*edit.added, *edit.removed)})
    timeline.record(entries=[_entry(edit, labels, actor=actor, now=now) for edit in edits])


def _entry(edit: RoleEdit, labels: Mapping[str, str], *, actor: str, now: dt.datetime) -> Entry:
    added, removed = (", ".join(labels[role] for role in roles) for roles in (edit.added, edit.removed))
    said = [f"was made {added}"] if added else []
    said += [f"is no longer {removed}"] if removed else []
    return Entry(
        account_id=edit.membership.account_id,
        kind=Kind.ROLE,
        subject=f"{edit.membership.person.display_name} {' and '.join(said)}"[:250],
        occurred_at=now,
        actor=actor,
        person_ref=edit.membership.person_id,
        data={"added": edit.added, "removed": edit.removed},
    )


class LabelTaken(ValueError):
    """Another role is called so."""


class CannotRetire(ValueError):
    """Without this role nobody would be a first recipient."""


def add_role(*, label: str, description: str = "") -> GitlabRole:
    """
    Add a value at the end of the picklist; its key is made of its label.

    :raises LabelTaken: if another role has the label or had its key.
    """
    return save_role(role=GitlabRole(), label=label, description=description, is_active=True)


@transaction.atomic
def save_role(*, role: GitlabRole, label: str, description: str, is_active: bool) -> GitlabRole:
    """
    Rename, describe, retire a role, or bring it back. Whoever holds a retired role keeps it; nobody is given it.

    :raises LabelTaken: if another role is called so.
    :raises CannotRetire: for GitLab Admin.
    """
    others = list(GitlabRole.objects.select_for_update().exclude(pk=role.pk))
    key = role.key or slugify(label).replace("-", "_")[:40]
    if not key or any(other.label.lower() == label.lower() or other.key == key for other in others):
        raise LabelTaken(f"A role named {label} already exists.")
    if key == GITLAB_ADMIN and not is_active:
        raise CannotRetire(f"{role.label} decides who gets email first, so it can't be deactivated.")
    if not role.key:
        last = GitlabRole.objects.aggregate(last=Max("position"))["last"]
        role.position = 0 if last is None else last + 1
    role.key, role.label, role.description, role.is_active = key, label, description, is_active
    role.save()
    return role
