from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from psycopg2.extras import execute_values

from contacts.consent.models import Choice, LiftedSuppression, Suppression
from contacts.consent.rules import (
    EVERYTHING,
    BounceClass,
    Category,
    after_resubscribe,
    after_unsubscribe,
    is_unwanted,
    normalise_address,
    suppression_after,
)
from contacts.consent.selectors import EVERY_MESSAGE, hash_of, last_lift_of
from contacts.people.models import Membership
from contacts.people.operations import ContactRow, UpsertContext, upsert_contacts
from cs_platform.common.bulk import cursor, update_rows
from cs_platform.common.outcomes import Outcome

Reason = Suppression.Reason

# What ends some day gives way to what ends later or never; otherwise the first reason stands.
SUPPRESS = """
insert into contacts_suppression (address_hash, scope, reason, source, evidence, since_at, expires_at) values %s
on conflict (address_hash, scope) do update
set reason = excluded.reason, source = excluded.source, evidence = excluded.evidence, since_at = excluded.since_at,
  expires_at = excluded.expires_at
where contacts_suppression.expires_at is not null
  and (excluded.expires_at is null or excluded.expires_at > contacts_suppression.expires_at)
"""


LONGEST_EVIDENCE = 500


class CannotLift(Exception):
    """The suppression stands for good: the person was erased at their request."""


class UnknownCategory(ValueError):
    """There is no category of mail by this name."""


def suppress(
    *,
    addresses: Collection[str],
    reason: Suppression.Reason,
    source: str,
    now: dt.datetime,
    category: str = EVERY_MESSAGE,
    expires_at: dt.datetime | None = None,
    evidence: str = "",
) -> None:
    """
    Never write to these addresses again: about a category, or at all; until an instant, or for good.

    Doing it twice keeps the first reason, unless the second lasts longer. `evidence` is what was seen, such as the
    server's words.

    :raises BadAddress: naming the address that is none.
    """
    hashes = {hash_of(address) for address in addresses}
    if not hashes:
        return
    seen = evidence[:LONGEST_EVIDENCE]
    rows = [(digest, category, reason.value, source, seen, now, expires_at) for digest in sorted(hashes)]
    with cursor() as raw:
        execute_values(raw, SUPPRESS, rows)


def lift(*, address: str, reasons: Collection[str], category: str = EVERY_MESSAGE) -> bool:
    """Write to an address again where it was suppressed for one of these reasons; return whether it was."""
    found = Suppression.objects.filter(address_hash=hash_of(address), scope=category, reason__in=reasons)
    return bool(found.delete()[0])


@transaction.atomic
def lift_suppression(*, suppression_id: int, by: str, why: str, now: dt.datetime) -> LiftedSuppression:
    """
    Let an address get mail again, and keep on record what was lifted, by whom and why.

    Bounces before this no longer count. What the contact opted out of stays as it is.

    :raises Suppression.DoesNotExist: when it was lifted before, or replaced.
    :raises CannotLift: when the person was erased at their request.
    """
    found = Suppression.objects.select_for_update().get(pk=suppression_id)
    if found.reason == Reason.ERASED:
        raise CannotLift
    lifted = LiftedSuppression.objects.create(
        address_hash=found.address_hash,
        scope=found.scope,
        reason=found.reason,
        source=found.source,
        evidence=found.evidence,
        since_at=found.since_at,
        lifted_at=now,
        lifted_by=by,
        lift_reason=why,
    )
    found.delete()
    return lifted


def undo_lift(payload: Mapping[str, Any]) -> None:
    """Suppress again what was lifted (`lifted` is the id of its record), for the reason and since when it was."""
    lifted = LiftedSuppression.objects.get(pk=payload["lifted"])
    was = {name: getattr(lifted, name) for name in ("reason", "source", "evidence", "since_at")}
    Suppression.objects.get_or_create(address_hash=lifted.address_hash, scope=lifted.scope, defaults=was)
    lifted.delete()


def opt_out(*, membership: Membership, category: str, source: str, now: dt.datetime) -> bool:
    """
    Send this contact nothing of a category (or EVERYTHING) about their account; return whether that was new.

    :raises UnknownCategory: when there is no such category.
    """
    return _choose([membership], category, is_opted_out=True, source=source, now=now)


def opt_in(*, membership: Membership, category: str, source: str, now: dt.datetime) -> bool:
    """
    Send this contact mail of a category (or EVERYTHING) about their account again; return whether that was new.

    An address that asked not to be written to is written to again as well: the later wish counts. What bounced or
    complained stays suppressed.

    :raises UnknownCategory: when there is no such category.
    """
    with transaction.atomic():
        changed = _choose([membership], category, is_opted_out=False, source=source, now=now)
        if membership.person.email:
            scopes = [EVERY_MESSAGE] if category == EVERYTHING else [EVERY_MESSAGE, category]
            for scope in scopes:
                lift(address=membership.person.email, reasons=[Reason.UNSUBSCRIBED], category=scope)
    return changed


def set_preferences(*, membership: Membership, wanted: Collection[str], source: str, now: dt.datetime) -> bool:
    """
    Send this contact exactly these categories of mail about their account; return whether that changed anything.

    Each category that changes is remembered as a choice of its own (see opt_in and opt_out).

    :raises UnknownCategory: when there is no such category.
    """
    if unknown := set(wanted) - {each.value for each in Category}:
        raise UnknownCategory(f"There is no email category called {', '.join(sorted(unknown))}.")
    changed = False
    with transaction.atomic():
        for category in Category:
            is_declined = is_unwanted(membership.opted_out, category)
            if category.value in wanted and is_declined:
                changed |= opt_in(membership=membership, category=category.value, source=source, now=now)
            elif category.value not in wanted and not is_declined:
                changed |= opt_out(membership=membership, category=category.value, source=source, now=now)
    return changed


def undo_preferences(payload: Mapping[str, Any]) -> None:
    """Put the preferences of a contact (`membership` id) back: the categories that were `wanted`."""
    set_preferences(
        membership=Membership.objects.get(pk=payload["membership"]),
        wanted=payload["wanted"],
        source=f"undone by {payload['actor']}"[:40],
        now=payload["now"],
    )


def unsubscribe_reader(
    *, membership: Membership | None, address: str, category: str, source: str, now: dt.datetime
) -> None:
    """
    Do what the reader of a mail asked for: send them nothing of this category (or EVERYTHING) any more, at any account.

    The address is remembered too, so that it survives the person's erasure and a later import. Doing it twice
    changes nothing.

    :raises UnknownCategory: when there is no such category.
    """
    with transaction.atomic():
        _choose(_memberships_of(membership, address), category, is_opted_out=True, source=source, now=now)
        scope = EVERY_MESSAGE if category == EVERYTHING else category
        suppress(addresses=[address], reason=Reason.UNSUBSCRIBED, source=source, now=now, category=scope)


def resubscribe_reader(
    *, membership: Membership | None, address: str, category: str, source: str, now: dt.datetime
) -> None:
    """
    Write to the reader of a mail about this category (or EVERYTHING) again, at every account they belong to.

    What bounced or complained stays suppressed. Whoever had declined everything goes on declining the other
    categories.

    :raises UnknownCategory: when there is no such category.
    """
    with transaction.atomic():
        _choose(_memberships_of(membership, address), category, is_opted_out=False, source=source, now=now)
        if lift(address=address, reasons=[Reason.UNSUBSCRIBED]) and category != EVERYTHING:
            for other in sorted({each.value for each in Category} - {category}):
                suppress(addresses=[address], reason=Reason.UNSUBSCRIBED, source=source, now=now, category=other)
        for scope in [each.value for each in Category] if category == EVERYTHING else [category]:
            lift(address=address, reasons=[Reason.UNSUBSCRIBED], category=scope)


# Return what the reader of a mail is to our customers, also when the membership it went to is gone.
def _memberships_of(membership: Membership | None, address: str) -> list[Membership]:
    if membership:
        return list(Membership.objects.filter(person=membership.person_id))
    return list(Membership.objects.live().filter(person__email=normalise_address(address)))


def note_bounce(
    *,
    address: str,
    bounce_class: str,
    now: dt.datetime,
    earlier: Iterable[tuple[str, dt.date]] = (),
    evidence: str = "",
) -> None:
    """
    Draw the consequence of a bounce, given the address's earlier bounces (class, UTC day): suppress, hold, or nothing.

    The policy is consent.rules.suppression_after. Bounces of days before a suppression of the address was last lifted
    do not count. `evidence` is the server's or the provider's words.
    """
    day, lifted = now.astimezone(dt.UTC).date(), last_lift_of(address)
    counted = [(kind, on) for kind, on in earlier if lifted is None or on > lifted.astimezone(dt.UTC).date()]
    history = [(BounceClass(kind), on) for kind, on in (*counted, (bounce_class, day)) if kind]
    standing = suppression_after(history, now=now)
    if standing.reason is None:
        return
    held = standing.held_until
    until = dt.datetime.combine(held, dt.time(), dt.UTC) if held else None
    reason = Reason(standing.reason.value)
    suppress(addresses=[address], reason=reason, source="bounce", now=now, expires_at=until, evidence=evidence)


def note_complaint(*, address: str, now: dt.datetime) -> None:
    """Never write again to somebody who called our mail spam."""
    suppress(addresses=[address], reason=Reason.COMPLAINT, source="complaint", now=now)


def upsert_with_opt_outs(
    *, system: str, rows: Sequence[ContactRow], by: UpsertContext, all_or_none: bool = False
) -> list[Outcome]:
    """
    Add or change contacts by external id (people.operations.upsert_contacts) and heed who opted out.

    A row can opt somebody out of everything at its account; being silent about it never opts anybody in.
    """
    with transaction.atomic():
        outcomes = upsert_contacts(system=system, rows=rows, by=by, all_or_none=all_or_none)
        out = {o.pk: o for row, o in zip(rows, outcomes, strict=True) if row.is_opted_out and not o.is_refused}
        found = Membership.objects.select_for_update(no_key=True).filter(pk__in=[pk for pk in out if pk])
        memberships = found.exclude(opted_out=[EVERYTHING])
        leaving = list(memberships.order_by("pk"))
        _choose(leaving, EVERYTHING, is_opted_out=True, source=by.source, now=by.now)
        for membership in leaving:
            out[membership.pk].is_changed = not out[membership.pk].is_created
    return outcomes


def _choose(
    memberships: Collection[Membership], category: str, *, is_opted_out: bool, source: str, now: dt.datetime
) -> bool:
    if category != EVERYTHING and category not in {each.value for each in Category}:
        raise UnknownCategory(f"There is no email category called {category}.")
    decide = after_unsubscribe if is_opted_out else after_resubscribe
    wanted = {membership: sorted(decide(membership.opted_out, category)) for membership in memberships}
    changed = [membership for membership, declined in wanted.items() if declined != sorted(membership.opted_out)]
    for membership in changed:
        membership.opted_out = wanted[membership]
    with transaction.atomic():
        update_rows(changed, ["opted_out"])
        Choice.objects.bulk_create(
            Choice(membership=each, category=category, is_opted_out=is_opted_out, source=source, chosen_at=now)
            for each in changed
        )
    return bool(changed)
