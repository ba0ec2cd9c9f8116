"""
Breakers: a refusal that speaks of us refuses no recipient. It holds what goes out in that name, and is tried again.

Closed by a probe alone: one message that is let through when its time has come, and that the server took (or refused
for its recipient's sake, which is past what the breaker is about).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection

from django.conf import settings
from django.db import connection, transaction

from contacts.delivery.models import Breaker, Sender

log = logging.getLogger(__name__)

WAITS = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=15), dt.timedelta(hours=1))
LONGEST_ANSWER = 1000

# Over a delivery's sender `s` and a breaker `b`.
CONCERNS = """(case b.scope when 'sender' then b.key = lower(s.address)
  when 'domain' then b.key = lower(split_part(s.address, '@', 2)) else true end)"""
IS_HELD = f"""exists (select from contacts_breaker b where b.closed_at is null and b.probe is distinct from d.id
  and {CONCERNS})"""  # noqa: S608 (ours)

LET_ONE_TRY = f"""
update contacts_delivery d set state = 'planned', reason = '', detail = '', held_at = null
where d.id = (
  select d.id from contacts_delivery d
  join contacts_sender s on s.id = d.sender_id join contacts_breaker b on b.id = %s
  where d.state = 'held' and d.reason = 'breaker_open' and {CONCERNS}
  order by d.due_at, d.id limit 1 for update of d skip locked
) returning d.id
"""  # noqa: S608 (ours)


def server_name() -> str:
    """Return what the mail server is called among breakers."""
    return f"{settings.EMAIL['host']}:{settings.EMAIL['port']}"


def trip(*, scope: str, key: str, fault: str, answer: str, delivery_id: int, now: dt.datetime) -> Breaker:
    """Hold what is sent in this name after a refusal of this message; a probe that is refused waits longer."""
    with transaction.atomic():
        breaker, is_new = Breaker.objects.select_for_update().get_or_create(
            scope=scope,
            key=key.lower(),
            defaults={"fault": fault, "opened_at": now, "refused_at": now, "retry_at": now + WAITS[0]},
        )
        was_open = not is_new and breaker.closed_at is None
        if not was_open:
            breaker.opened_at, breaker.tries = now, 1
        elif breaker.probe == delivery_id:
            breaker.tries = min(breaker.tries + 1, 1000)
        breaker.fault, breaker.answer, breaker.refused_at = fault, answer[:LONGEST_ANSWER], now
        breaker.retry_at, breaker.probe, breaker.closed_at = now + _wait(breaker), None, None
        breaker.save()
    if not was_open:
        log.error("Sending for %s is paused; the mail server said: %s", breaker, breaker.answer)
    return breaker


def close_probed(*, delivery_ids: Collection[int], now: dt.datetime) -> None:
    """Let mail go again in the names of which one of these messages was the probe."""
    closed = Breaker.objects.filter(closed_at=None, probe__in=list(delivery_ids)).update(closed_at=now, probe=None)
    if closed:
        log.warning("The mail server accepts mail again; sending goes on")


@transaction.atomic
def try_again(*, now: dt.datetime) -> None:
    """Let one held message of each open breaker whose time has come be tried."""
    _forget_what_is_gone(now)
    for breaker in Breaker.objects.select_for_update(skip_locked=True).filter(closed_at=None, retry_at__lte=now):
        with connection.cursor() as cursor:
            cursor.execute(LET_ONE_TRY, [breaker.pk])
            row = cursor.fetchone()
        if row:
            # Whatever becomes of it, another one is tried after the same wait.
            breaker.probe, breaker.retry_at = row[0], now + _wait(breaker)
            breaker.save(update_fields=["probe", "retry_at"])


# A sender whose address was mended, or another mail server, is not held for what the one before did.
def _forget_what_is_gone(now: dt.datetime) -> None:
    opened = list(Breaker.objects.filter(closed_at=None))
    if not opened:
        return
    addresses = {address.lower() for address in Sender.objects.values_list("address", flat=True)}
    current = {
        Breaker.Scope.SENDER: addresses,
        Breaker.Scope.DOMAIN: {address.rpartition("@")[2] for address in addresses},
        Breaker.Scope.SERVER: {server_name().lower()},
    }
    gone = [breaker.pk for breaker in opened if breaker.key not in current[Breaker.Scope(breaker.scope)]]
    Breaker.objects.filter(pk__in=gone).update(closed_at=now, probe=None)


def retry_now(*, breaker_id: int, now: dt.datetime) -> None:
    """Try again at once, as somebody asked who has mended what the server complained about."""
    Breaker.objects.filter(pk=breaker_id, closed_at=None).update(retry_at=now)


def _wait(breaker: Breaker) -> dt.timedelta:
    return WAITS[min(breaker.tries, len(WAITS)) - 1]
