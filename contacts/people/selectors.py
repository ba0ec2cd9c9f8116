"""Who is at an account and in which roles; lists of contacts; the history of roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Case, Count, Exists, ExpressionWrapper, IntegerField, OuterRef, Q, QuerySet, Value, When

from accounts.audit.models import Change
from accounts.audit.selectors import FieldChange, Line, lines_of
from accounts.team.selectors import names_of
from accounts.timeline.selectors import last_mention_of
from contacts.people.models import GitlabRole, Membership, Person, RoleChange, SoldTo, Source
from cs_platform.common.keyset import Column

GITLAB_ADMIN = "gitlab_admin"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at an account, with what the account page says of them."""

    membership: Membership
    person: Person
    roles: tuple[GitlabRole, ...]
    is_sold_to: bool
    last_activity_at: dt.datetime | None


def picklist() -> QuerySet[GitlabRole]:
    """Return the GitLab roles a contact may be given now, in the order of the picklist."""
    return GitlabRole.objects.filter(is_active=True).order_by("position", "label")


def all_roles() -> QuerySet[GitlabRole]:
    """Return every value the picklist ever offered, those it offers now first."""
    return GitlabRole.objects.order_by("-is_active", "position", "label")


def labels_of(keys: Iterable[str]) -> dict[str, str]:
    """Return what roles are called, retired ones too; a key without a row is called by itself."""
    labels = dict(GitlabRole.objects.values_list("key", "label"))
    return {key: labels.get(key, key) for key in keys}


# The order of an account's people, for keyset pages of `people_of`.
BY_IMPORTANCE = [Column("unimportance"), Column("search__name_key"), Column("pk")]


def people_of(account_id: int) -> QuerySet[Membership]:
    """
    Return the live contacts of an account with person and account to hand, to be read in the order BY_IMPORTANCE.

    Active ones first, GitLab Admins before other roles, whoever bought before people without a role.
    """
    bought = SoldTo.objects.filter(account=OuterRef("account"), person=OuterRef("person"))
    weights = [(8, Q(is_active=False)), (4, ~Q(roles__contains=[GITLAB_ADMIN])), (2, Q(roles=[])), (1, ~Exists(bought))]
    ranks = [Case(When(condition, then=Value(weight)), default=Value(0)) for weight, condition in weights]
    unimportance = sum(ranks[1:], start=ranks[0])
    found = Membership.objects.live().filter(account=account_id, search__isnull=False)
    return (
        found.select_related("person", "account", "search")
        .defer("search__words")
        .annotate(unimportance=ExpressionWrapper(unimportance, output_field=IntegerField()))
    )


def contacts_with_mentions(memberships: Sequence[Membership], *, account_id: int) -> list[Contact]:
    """Return these people of one account in the order given, with their last activity; three queries."""
    mentions = last_mention_of([membership.person_id for membership in memberships], account_id=account_id)
    by_number = {contact.membership.pk: contact for contact in _contacts(memberships, mentions)}
    return [by_number[membership.pk] for membership in memberships]


def contacts_at(account_ids: Collection[int]) -> dict[int, list[Contact]]:
    """Return the people of several accounts, GitLab Admins first, without their last activity; three queries."""
    found: dict[int, list[Contact]] = {number: [] for number in account_ids}
    for contact in _contacts(_of(account_ids), {}):
        found[contact.membership.account_id].append(contact)
    return found


def _of(account_ids: Collection[int]) -> list[Membership]:
    memberships = Membership.objects.live().filter(account__in=account_ids).select_related("person", "account")
    return list(memberships.order_by("-is_active", "person__last_name", "person__first_name", "pk"))


def _contacts(memberships: Collection[Membership], mentions: Mapping[int, dt.datetime]) -> list[Contact]:
    roles = {role.key: role for role in GitlabRole.objects.order_by("position")}
    accounts = {membership.account_id for membership in memberships}
    bought = set(SoldTo.objects.filter(account__in=accounts).values_list("account_id", "person_id"))
    found = [
        Contact(
            membership=membership,
            person=membership.person,
            roles=tuple(role for key, role in roles.items() if key in membership.roles),
            is_sold_to=(membership.account_id, membership.person_id) in bought,
            last_activity_at=mentions.get(membership.person_id),
        )
        for membership in memberships
    ]
    return sorted(found, key=_importance)


# Active ones first, GitLab Admins before other roles, whoever bought before people without a role.
def _importance(contact: Contact) -> tuple[bool, bool, bool, bool]:
    roles = contact.membership.roles
    return not contact.membership.is_active, GITLAB_ADMIN not in roles, not roles, not contact.is_sold_to


def contact_of(membership: Membership) -> Contact:
    mentions = last_mention_of([membership.person_id], account_id=membership.account_id)
    return _contacts([membership], mentions)[0]


def contacts_among(memberships: Collection[Membership]) -> dict[int, Contact]:
    """Return these contacts by their membership, without their last activity; two queries however many there are."""
    return {contact.membership.pk: contact for contact in _contacts(memberships, {})}


def counts_at(account_id: int) -> tuple[int, int]:
    """Return how many active contacts of an account are GitLab Admins, and how many bought; one query."""
    bought = SoldTo.objects.filter(account=OuterRef("account"), person=OuterRef("person"))
    active = Membership.objects.live().filter(account=account_id, is_active=True).annotate(is_sold_to=Exists(bought))
    counts = active.aggregate(
        admins=Count("pk", filter=Q(roles__contains=[GITLAB_ADMIN])), buyers=Count("pk", filter=Q(is_sold_to=True))
    )
    return counts["admins"], counts["buyers"]


def orders_of(memberships: Collection[Membership]) -> dict[int, list[SoldTo]]:
    """Return by membership what the contact bought for the account, latest first: why they are the Sold-To contact."""
    found = SoldTo.objects.filter(
        account__in={membership.account_id for membership in memberships},
        person__in={membership.person_id for membership in memberships},
    )
    orders: dict[tuple[int, int], list[SoldTo]] = {}
    for order in found.select_related("subscription").order_by("-ordered_date", "-pk"):
        orders.setdefault((order.account_id, order.person_id), []).append(order)
    return {one.pk: orders.get((one.account_id, one.person_id), []) for one in memberships}


def unknown_roles(keys: Collection[str]) -> list[str]:
    """Return which of these keys the picklist does not offer (retired roles are not offered)."""
    return sorted(set(keys) - set(picklist().values_list("key", flat=True)))


def role_labels() -> dict[str, GitlabRole]:
    """Return every role there is or was, by its key, in the order of the picklist."""
    return {role.key: role for role in GitlabRole.objects.order_by("position", "label")}


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
