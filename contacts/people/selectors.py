from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.book.models import Account
from accounts.team.models import User
from accounts.timeline.selectors import last_mention_of
from contacts.people.models import GitlabRole, Membership, Person, RoleChange, SoldTo

GITLAB_ADMIN = "gitlab_admin"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at an account, with what the account page says of them."""

    membership: Membership
    person: Person
    roles: tuple[GitlabRole, ...]
    is_sold_to: bool
    last_activity_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many customers have somebody who can be written to."""

    reached: int
    total: int

    @property
    def unreached(self) -> int:
        return self.total - self.reached


def picklist() -> QuerySet[GitlabRole]:
    """Return the GitLab roles a contact may be given now, in the order of the picklist."""
    return GitlabRole.objects.filter(is_active=True).order_by("position", "label")


def labels_of(keys: Iterable[str]) -> dict[str, str]:
    """Return what roles are called, retired ones too; a key without a row is called by itself."""
    labels = dict(GitlabRole.objects.values_list("key", "label"))
    return {key: labels.get(key, key) for key in keys}


def contacts_of(account_id: int) -> list[Contact]:
    """Return the people of an account, those with roles first; four queries however many there are."""
    memberships = list(
        Membership.objects.live()
        .filter(account=account_id)
        .select_related("person")
        .order_by("-is_active", "person__last_name", "person__first_name", "pk")
    )
    people = [membership.person_id for membership in memberships]
    roles = {role.key: role for role in GitlabRole.objects.order_by("position")}
    buyers = set(SoldTo.objects.filter(account=account_id).values_list("person", flat=True))
    mentions = last_mention_of(people, account_id=account_id)
    found = [
        Contact(
            membership=membership,
            person=membership.person,
            roles=tuple(role for key, role in roles.items() if key in membership.roles),
            is_sold_to=membership.person_id in buyers,
            last_activity_at=mentions.get(membership.person_id),
        )
        for membership in memberships
    ]
    return sorted(found, key=lambda contact: (not contact.membership.is_active, not contact.roles))


def role_changes_of(membership_id: int) -> QuerySet[RoleChange]:
    return RoleChange.objects.filter(membership=membership_id).order_by("-changed_at", "-pk")


def reachable() -> Q:
    """
    Return the condition on accounts that somebody there can be written to: a GitLab Admin or a Sold-To contact.

    They must be active and have an address. Whether that address bounced is the delivery's business, not the roster's.
    """
    here = Membership.objects.live().filter(account=OuterRef("pk"), is_active=True, person__email__isnull=False)
    admins = here.with_role(GITLAB_ADMIN)
    bought = SoldTo.objects.filter(account=OuterRef("account"), person=OuterRef("person"))
    return Q(Exists(admins)) | Q(Exists(here.filter(Exists(bought))))


def unreachable_accounts(viewer: User) -> QuerySet[Account]:
    """Return the customers nobody can be written to at, the most important first: what Home asks to be fixed."""
    customers = Account.objects.for_viewer(viewer).customers().filter(~reachable())
    return customers.order_by("priority", "-arr", "name")


def coverage(viewer: User) -> Coverage:
    customers = Account.objects.for_viewer(viewer).customers()
    return Coverage(reached=customers.filter(reachable()).count(), total=customers.count())


def unknown_roles(keys: Collection[str]) -> list[str]:
    """Return which of these keys the picklist does not offer (retired roles are not offered)."""
    return sorted(set(keys) - set(picklist().values_list("key", flat=True)))
