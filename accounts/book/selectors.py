from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, CharField, Count, Q, QuerySet, Sum, Value, When

from accounts.book.models import Account, AccountQuerySet, CsmAssignment, ExternalId
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


def coverage_annotation() -> Case:
    """Return who can be reached at an account: "admin", "sold_to" or "nobody"."""
    whens = [
        When(condition(), then=Value(name))
        for source in _coverage
        for name, condition in (("admin", source.has_admin), ("sold_to", source.is_reachable))
    ]
    return Case(*whens, default=Value("nobody"), output_field=CharField())


def lacking(found: AccountQuerySet, coverage: str) -> AccountQuerySet:
    """Return the customers among `found` without a GitLab Admin ("no_admin") or without anybody ("unreachable")."""
    if not _coverage:
        return found
    condition = _coverage[0].has_admin() if coverage == "no_admin" else _coverage[0].is_reachable()
    return found.customers().filter(~condition)


@dataclass(frozen=True, slots=True)
class Book:
    """How many accounts a list holds, and what they pay together in the organisation's currency."""

    count: int
    arr: Decimal


def book_of(accounts: QuerySet[Account]) -> Book:
    totals = accounts.order_by().aggregate(count=Count("pk"), arr=Sum("arr"))
    return Book(totals["count"], totals["arr"] or Decimal(0))


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
