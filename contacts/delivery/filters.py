"""The Outbox: what it may be narrowed to. It is always read newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import ChoiceFilter, DateFilter, NumberFilter

from accounts.team.models import User
from contacts.delivery.models import Delivery, DeliveryQuerySet, Mailing, State
from contacts.people.models import Membership
from cs_platform.common import clock
from cs_platform.common.filters import ListFilter
from cs_platform.common.keyset import Column
from cs_platform.common.search import WordsQuery

BOUNCED = "bounced"
# In the order of a message's life; claimed and handed over last for seconds and are not offered.
STATES = [
    (State.PLANNED, "Scheduled"),
    (State.HELD, "Held"),
    (State.SENT, "Sent"),
    (BOUNCED, "Bounced"),
    (State.REFUSED, "Refused"),
    (State.UNCERTAIN, "Delivery unknown"),
    (State.CANCELLED, "Canceled"),
]
# What a recipient may have done, by the field that says when they first did.
RESPONSES = {"opened": "opened_at", "clicked": "clicked_at", "unsubscribed": "unsubscribed_at"}
NEWEST_FIRST = [Column("due_at", is_descending=True), Column("pk", is_descending=True)]
# So many contacts are named to the database one by one, which then goes by its indexes.
MOST_NAMED = 500


class DeliveryFilter(ListFilter):
    """
    Messages the viewer may see, with mailing, person and account to hand.

    `since` is a day: messages sent from then on; or bounced, or answered so, where these are asked for.
    """

    SORTS = {"newest": NEWEST_FIRST[:1]}
    DEFAULT_SORT = "newest"

    state = ChoiceFilter(choices=STATES, method="filter_state")
    response = ChoiceFilter(choices=[(key, key.capitalize()) for key in RESPONSES], method="filter_response")
    program = NumberFilter(method="filter_program", min_value=0, max_value=2**63 - 1)
    step = NumberFilter(method="filter_step", min_value=0, max_value=2**63 - 1, label="Message")
    since = DateFilter(method="filter_since")

    class Meta:
        model = Delivery
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any] | QueryDict | None, *, viewer: User, today: dt.date) -> None:
        super().__init__(data, Delivery.objects.for_viewer(viewer), viewer=viewer, today=today)

    @property
    def order(self) -> list[Column]:
        return NEWEST_FIRST

    @property
    def rows(self) -> DeliveryQuerySet:
        found: DeliveryQuerySet = self.qs.select_related("mailing", "person", "account")
        return found

    def filter_words(self, found: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        # There are far fewer contacts than messages: find them first.
        contacts = Membership.objects.filter(search__words=WordsQuery(value)).values_list("pk", flat=True)
        few = list(contacts[: MOST_NAMED + 1])
        return found.filter(membership__in=few if len(few) <= MOST_NAMED else contacts)

    def filter_state(self, found: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        return found.filter(bounced_at__isnull=False) if value == BOUNCED else found.filter(state=value)

    def filter_response(self, found: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        return found.filter(**{f"{RESPONSES[value]}__isnull": False})

    def filter_program(self, found: QuerySet[Delivery], name: str, value: int) -> QuerySet[Delivery]:
        return found.filter(mailing__in=Mailing.objects.filter(program_ref=int(value)).values("id"))

    def filter_step(self, found: QuerySet[Delivery], name: str, value: int) -> QuerySet[Delivery]:
        return found.filter(mailing=int(value))

    def filter_since(self, found: QuerySet[Delivery], name: str, value: dt.date) -> QuerySet[Delivery]:
        chosen = self.chosen
        happened = RESPONSES.get(
            chosen.get("response", ""), "bounced_at" if chosen.get("state") == BOUNCED else "sent_at"
        )
        return found.filter(**{f"{happened}__gte": clock.start_of(value)})
