"""The edits a person makes on a page, each one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from contacts.people.models import Access, Membership, Source
from contacts.people.operations.contacts import deactivate, reactivate, set_access
from contacts.people.operations.roles import RoleEdit, set_roles
from contacts.people.rules import with_edits


def edit_roles(
    *, membership: Membership, shown: Collection[str], wanted: Collection[str], actor: str, now: dt.datetime
) -> RoleEdit:
    """
    Tick and untick GitLab roles as somebody did in a form that showed `shown`; what others changed meanwhile stays.

    :raises UnknownRole: naming the roles that the picklist does not offer.
    """
    with transaction.atomic():
        held = Membership.objects.select_for_update().values_list("roles", flat=True).get(pk=membership.pk)
        roles = with_edits(held, shown=shown, wanted=wanted)
        return set_roles(membership=membership, roles=roles, actor=actor, source=Source.KEEL, now=now)


def edit_contact(
    *,
    membership: Membership,
    shown: Collection[str],
    roles: Collection[str],
    access: Access | str,
    is_active: bool,
    actor: str,
    now: dt.datetime,
) -> RoleEdit:
    """
    Save what the details of a contact say: GitLab roles (see edit_roles), SaaS access, whether they are active.

    :raises UnknownRole: naming the roles that the picklist does not offer; nothing is saved then.
    """
    with transaction.atomic():
        edit = edit_roles(membership=membership, shown=shown, wanted=roles, actor=actor, now=now)
        set_access(membership=membership, access=access)
        (reactivate if is_active else deactivate)(membership=membership)
    return edit
