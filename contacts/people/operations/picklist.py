"""The values of the GitLab Role picklist. Keys are given once and stay: contacts, programs and files name them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from contacts.people.models import GitlabRole
from contacts.people.selectors.roster import GITLAB_ADMIN


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
        raise LabelTaken(f"There is a role called {label} already.")
    if key == GITLAB_ADMIN and not is_active:
        raise CannotRetire(f"{role.label} decides who receives mail first, so it stays.")
    if not role.key:
        last = GitlabRole.objects.aggregate(last=Max("position"))["last"]
        role.position = 0 if last is None else last + 1
    role.key, role.label, role.description, role.is_active = key, label, description, is_active
    role.save()
    return role
