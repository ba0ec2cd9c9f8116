"""The list of contacts: what it may be narrowed to and sorted by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django_filters import ChoiceFilter

from accounts.team.models import User
from contacts.people.models import Access, GitlabRole, Membership, MembershipQuerySet, SoldTo
from cs_platform.common.filters import ListFilter
from cs_platform.common.keyset import Column
from cs_platform.common.search import WordsQuery

NAME = Column("search__name_key")
STATES = {
    "inactive": Q(is_active=False),
    "opted_out": ~Q(opted_out=[]),
    "no_address": Q(person__email=None),
}


def _roles() -> list[tuple[str, str]]:
    roles = GitlabRole.objects.order_by("position", "label").values_list("key", "label")
    return [*roles, ("sold_to", "Sold-To"), ("none", "No role")]


class ContactFilter(ListFilter):
    """Live contacts the viewer may see, with person and account to hand; each has `is_sold_to`."""

    SORTS = {
        "name": [NAME],
        "account": [Column("search__account_key"), NAME],
        "access": [Column("search__access"), NAME],
    }
    DEFAULT_SORT = "name"

    role = ChoiceFilter(choices=_roles, method="filter_role", label="GitLab Role")
    access = ChoiceFilter(choices=Access.choices, label="GitLab access")
    state = ChoiceFilter(
        choices=[("inactive", "Inactive"), ("opted_out", "Opted out"), ("no_address", "No address")],
        method="filter_state",
    )
    csm = ChoiceFilter(choices=[("me", "At my accounts")], method="filter_csm", label="CSM")

    class Meta:
        model = Membership
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any] | QueryDict | None, *, viewer: User, today: dt.date) -> None:
        # The join to the search row is an inner one: its index then gives the order.
        contacts = Membership.objects.for_viewer(viewer).live().filter(search__isnull=False)
        super().__init__(data, contacts, viewer=viewer, today=today)

    def filter_words(self, found: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return found.filter(search__words=WordsQuery(value))

    def filter_role(self, found: MembershipQuerySet, name: str, value: str) -> QuerySet[Membership]:
        if value == "sold_to":
            return found.filter(_bought())
        return found.filter(roles=[]) if value == "none" else found.with_role(value)

    def filter_state(self, found: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return found.filter(STATES[value])

    def filter_csm(self, found: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return found.filter(account__csm=self.viewer)

    @property
    def rows(self) -> QuerySet[Membership]:
        found = self.qs.select_related("search", "person", "account").defer("search__words")
        return found.annotate(is_sold_to=_bought())


def _bought() -> Exists:
    return Exists(SoldTo.objects.filter(account=OuterRef("account"), person=OuterRef("person")))
