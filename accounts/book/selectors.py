from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, CharField, Count, Exists, F, OrderBy, OuterRef, Q, QuerySet, Sum, Value, When

from accounts.book.models import Account, CsmAssignment, ExternalId
from accounts.team.models import User

RENEWS_SOON = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CoverageSource:
    """Conditions on accounts: who can be written to there. People live in a room above and say here what they know."""

    has_admin: Callable[[], Q]
    is_reachable: Callable[[], Q]


_coverage: list[CoverageSource] = []


def register_coverage(source: CoverageSource) -> None:
    _coverage[:] = [source]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of accounts is narrowed to and sorted by; what is empty narrows nothing."""

    words: str = ""
    segment: str = ""
    stage: str = ""
    market: str = ""
    region: str = ""
    coverage: str = ""  # "no_admin" or "unreachable"
    is_mine: bool = False
    renews_soon: bool = False
    sort: str = "name"  # a key of SORTS, with a minus for descending


SORTS = {
    "name": "name",
    "segment": "segment",
    "stage": "stage",
    "priority": "priority",
    "arr": "arr",
    "renewal": "renewal_date",
    "csm": "csm__name",
    "region": "region",
}


@dataclass(frozen=True, slots=True)
class Book:
    """How many accounts a list holds, and what they pay together in the organisation's currency."""

    count: int
    arr: Decimal


def accounts_asked_for(asked: Asked, *, viewer: User, today: dt.date) -> QuerySet[Account]:
    """
    Return the accounts of a list, each with `coverage`: "admin", "sold_to" or "nobody" can be written to.

    Topmost account and CSM are to hand.
    """
    found = _narrowed(asked, viewer=viewer, today=today).select_related("top", "csm")
    return found.annotate(coverage=_coverage_of()).order_by(*_order(asked.sort))


def book_asked_for(asked: Asked, *, viewer: User, today: dt.date) -> Book:
    totals = _narrowed(asked, viewer=viewer, today=today).aggregate(count=Count("pk"), arr=Sum("arr"))
    return Book(totals["count"], totals["arr"] or Decimal(0))


def _narrowed(asked: Asked, *, viewer: User, today: dt.date) -> QuerySet[Account]:
    found = Account.objects.for_viewer(viewer)
    for field in ("segment", "stage", "market", "region"):
        if value := getattr(asked, field):
            found = found.filter(**{field: value})
    if asked.is_mine:
        found = found.looked_after_by(viewer)
    if asked.renews_soon:
        found = found.renewing_within(RENEWS_SOON, today=today)
    if asked.coverage and _coverage:
        condition = _coverage[0].has_admin() if asked.coverage == "no_admin" else _coverage[0].is_reachable()
        found = found.customers().filter(~condition)
    if asked.words:
        found = found.filter(Q(name__icontains=asked.words) | Q(_is_named_outside(asked.words)))
    return found


# A Salesforce id typed into the search box finds its account.
def _is_named_outside(name: str) -> Exists:
    return Exists(ExternalId.objects.filter(kind=ExternalId.Kind.ACCOUNT, external_id=name, object_id=OuterRef("pk")))


def _coverage_of() -> Case:
    whens = [
        When(condition(), then=Value(name))
        for source in _coverage
        for name, condition in (("admin", source.has_admin), ("sold_to", source.is_reachable))
    ]
    return Case(*whens, default=Value("nobody"), output_field=CharField())


def _order(sort: str) -> list[OrderBy | str]:
    column = F(SORTS.get(sort.removeprefix("-"), "name"))
    chosen = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return [chosen, "name", "pk"]


@dataclass(frozen=True, slots=True)
class Relative:
    """One company of a family, `depth` steps below its topmost account."""

    account: Account
    depth: int


def family_of(account: Account, *, viewer: User) -> list[Relative]:
    """Return the tree the account belongs to, parents before their children; nothing when it stands alone."""
    top = account.top_id or account.pk
    members = Account.objects.for_viewer(viewer).filter(Q(pk=top) | Q(top=top)).order_by("name", "pk")
    children: dict[int | None, list[Account]] = {}
    for member in members:
        children.setdefault(None if member.pk == top else member.parent_id, []).append(member)
    found: list[Relative] = []
    waiting = [(member, 0) for member in children.get(None, [])]
    while waiting:
        member, depth = waiting.pop()
        found.append(Relative(member, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(member.pk, []))]
    return found if len(found) > 1 else []


def csm_history_of(account_id: int) -> QuerySet[CsmAssignment]:
    return CsmAssignment.objects.filter(account=account_id).select_related("csm").order_by("-during")


def external_ids_of(*, kind: str, numbers: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """Return what other systems call our rows of a kind (ExternalId.Kind): by number, the system and its id."""
    names: dict[int, list[dict[str, str]]] = {}
    for each in ExternalId.objects.filter(kind=kind, object_id__in=numbers).order_by("pk"):
        names.setdefault(each.object_id, []).append({"system": each.system, "external_id": each.external_id})
    return names
