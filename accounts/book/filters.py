"""The list of accounts: what it may be narrowed to and sorted by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import ChoiceFilter

from accounts.book.models import Account, AccountQuerySet, Market, Region, Segment, Stage
from accounts.book.selectors import RENEWS_SOON, coverage_annotation, lacking
from accounts.team.models import User
from cs_platform.common.filters import ListFilter
from cs_platform.common.keyset import Column
from cs_platform.common.search import WordsQuery

NAME = Column("search__name_key")


class AccountFilter(ListFilter):
    """Accounts the viewer may see, each with its topmost account and CSM to hand."""

    SORTS = {
        "name": [NAME],
        "segment": [Column("segment"), NAME],
        "stage": [Column("stage"), NAME],
        "priority": [Column("priority", is_nullable=True), NAME],
        "arr": [Column("arr"), NAME],
        "renewal": [Column("renewal_date", is_nullable=True), NAME],
        "csm": [Column("csm__name", is_nullable=True), NAME],
        "region": [Column("region"), NAME],
    }
    DEFAULT_SORT = "name"

    segment = ChoiceFilter(choices=Segment.choices)
    stage = ChoiceFilter(choices=Stage.choices)
    market = ChoiceFilter(choices=Market.choices)
    region = ChoiceFilter(choices=Region.choices)
    coverage = ChoiceFilter(
        choices=[("no_admin", "No GitLab Admin"), ("unreachable", "Not reachable")], method="filter_coverage"
    )
    csm = ChoiceFilter(choices=[("me", "My accounts")], method="filter_csm", label="CSM")
    renewal = ChoiceFilter(choices=[("soon", "Renews in 90 days")], method="filter_renewal")

    class Meta:
        model = Account
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any] | QueryDict | None, *, viewer: User, today: dt.date) -> None:
        # The join to the search row is an inner one: its index then gives the order.
        accounts = Account.objects.for_viewer(viewer).filter(search__isnull=False)
        super().__init__(data, accounts.select_related("top", "csm"), viewer=viewer, today=today)

    def filter_words(self, found: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        return found.filter(search__words=WordsQuery(value))

    def filter_coverage(self, found: AccountQuerySet, name: str, value: str) -> AccountQuerySet:
        return lacking(found, value)

    def filter_csm(self, found: AccountQuerySet, name: str, value: str) -> AccountQuerySet:
        return found.looked_after_by(self.viewer)

    def filter_renewal(self, found: AccountQuerySet, name: str, value: str) -> AccountQuerySet:
        return found.renewing_within(RENEWS_SOON, today=self.today)

    @property
    def rows(self) -> QuerySet[Account]:
        """The list with `coverage`: "admin", "sold_to" or "nobody" can be reached."""
        found = self.qs.select_related("search", "top", "csm").defer("search__words")
        return found.annotate(coverage=coverage_annotation())
