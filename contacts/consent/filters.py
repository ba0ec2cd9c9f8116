"""The list of suppressions: what it may be narrowed to and sorted by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django_filters import ChoiceFilter

from accounts.team.models import User
from contacts.consent.models import AddressHash, Suppression
from contacts.consent.rules import CATEGORIES, BadAddress
from contacts.consent.selectors import EVERY_MESSAGE, hash_of
from cs_platform.common.filters import ListFilter
from cs_platform.common.keyset import Column
from cs_platform.common.search import WordsQuery

SINCE = Column("since_at")


class SuppressionFilter(ListFilter):
    """Every suppressed address; found by its whole address, or by the name of the contact it belongs to."""

    SORTS = {"since": [SINCE]}
    DEFAULT_SORT = "-since"

    reason = ChoiceFilter(choices=Suppression.Reason.choices, label="Reason")
    scope = ChoiceFilter(choices=[("everything", "All email"), *CATEGORIES], method="filter_scope", label="Applies to")
    state = ChoiceFilter(
        choices=[("active", "Active"), ("temporary", "Temporary"), ("expired", "Expired")],
        method="filter_state",
        label="State",
    )

    class Meta:
        model = Suppression
        fields: list[str] = []

    def __init__(
        self, data: Mapping[str, Any] | QueryDict | None, *, viewer: User, today: dt.date, now: dt.datetime
    ) -> None:
        super().__init__(data, Suppression.objects.all(), viewer=viewer, today=today)
        self.now = now

    def filter_words(self, found: QuerySet[Suppression], name: str, value: str) -> QuerySet[Suppression]:
        if "@" in value:
            try:
                return found.filter(address_hash=hash_of(value))
            except BadAddress:
                return found.none()
        named = AddressHash.objects.filter(person__memberships__search__words=WordsQuery(value))
        return found.filter(address_hash__in=named.values("address_hash"))

    def filter_scope(self, found: QuerySet[Suppression], name: str, value: str) -> QuerySet[Suppression]:
        return found.filter(scope=EVERY_MESSAGE if value == "everything" else value)

    def filter_state(self, found: QuerySet[Suppression], name: str, value: str) -> QuerySet[Suppression]:
        if value == "active":
            return found.filter(Q(expires_at=None) | Q(expires_at__gt=self.now))
        return found.filter(expires_at__gt=self.now) if value == "temporary" else found.filter(expires_at__lte=self.now)
