"""One message that fails never stops its neighbors, and is not first in line for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from contacts.delivery import operations as delivery
from contacts.delivery.models import State
from contacts.delivery.operations.transports import Letter, SmtpPostman
from contacts.models import Delivery, Mailing, TemplateVersion
from cs_platform.common import dead_letters
from cs_platform.common.models import DeadLetter
from tests import mail
from tests.counting_smtp import counting_smtp
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=2)


def of_its_own(row: Delivery) -> Delivery:
    """Return the row with a mailing and an email that no other message has."""
    row.mailing, row.template_version = mail.mailing(), mail.email()
    row.save()
    return row


def too_far_for_a_clock(row: Delivery) -> None:
    Mailing.objects.filter(pk=row.mailing_id).update(max_lateness=dt.timedelta(days=3_000_000))


def values_that_are_none(row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(merge=["no", "values"])


def an_email_that_was_cut_off(row: Delivery) -> None:
    TemplateVersion.objects.filter(pk=row.template_version_id).update(compiled={"format": 1})


POISONS = [
    (too_far_for_a_clock, "delivery.claim"),
    (values_that_are_none, "delivery.render"),
    (an_email_that_was_cut_off, "delivery.render"),
]


def turns(number: int, postman: mail.NotingPostman) -> None:
    """Let a worker come by every two minutes."""
    for turn in range(number):
        now = NOW + turn * MINUTE
        delivery.send_due(worker="w", limit=3, now=now, postman=postman, is_simulated=True, clock=lambda now=now: now)  # type: ignore[misc]


@pytest.mark.parametrize(("poison", "kind"), POISONS)
def test_a_poisoned_message_is_set_aside_and_its_neighbors_leave(
    poison: Callable[[Delivery], None], kind: str, admin_decides: Callable[[str], None]
) -> None:
    rows = mail.deliveries(8)
    bad = of_its_own(rows[0])
    poison(bad)
    postman = mail.NotingPostman()

    turns(5, postman)

    assert sorted(postman.carried) == sorted(row.address for row in rows[1:])
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.key, letter.attempts) == (kind, str(bad.pk), 3)
    assert letter.set_aside_at is not None
    bad.refresh_from_db()
    assert (bad.state, bad.attempts) == (State.PLANNED, 0)
    admin_decides("discard")
    bad.refresh_from_db()
    assert (bad.state, bad.reason) == (State.CANCELLED, "discarded")


@pytest.fixture
def admin_decides() -> Callable[[str], None]:
    def decide(what: str) -> None:
        getattr(dead_letters, what)(list(DeadLetter.objects.all()), by="admin@keel.example")

    return decide


def test_a_message_that_is_mended_and_retried_leaves(admin_decides) -> None:
    bad = of_its_own(mail.deliveries(1)[0])
    merge = bad.merge
    values_that_are_none(bad)
    turns(5, mail.NotingPostman())
    Delivery.objects.filter(pk=bad.pk).update(merge=merge)
    postman = mail.NotingPostman()

    turns(1, postman)
    assert postman.carried == []
    admin_decides("retry")
    Delivery.objects.filter(pk=bad.pk).update(due_at=NOW)
    turns(1, postman)

    assert postman.carried == [bad.address]
    assert dead_letters.counts() == {}


def test_a_message_that_breaks_the_postman_is_set_aside_and_its_neighbors_leave(monkeypatch) -> None:
    bad, *others = mail.deliveries(4)
    real = SmtpPostman._conversation

    def break_over_one(self: SmtpPostman, connection: Any, letter: Letter) -> Any:
        if letter.delivery_id == bad.pk:
            raise UnicodeEncodeError("ascii", letter.address, 0, 1, "ordinal not in range")
        return real(self, connection, letter)

    monkeypatch.setattr(SmtpPostman, "_conversation", break_over_one)
    with counting_smtp() as (server, url):
        where = {"host": "127.0.0.1", "port": int(url.rpartition(":")[2]), "username": ""}
        for turn in range(5):
            now = NOW + turn * MINUTE
            postman = SmtpPostman({**where, "use_ssl": False, "use_tls": False}, now=now)
            delivery.send_due(
                worker="w",
                limit=9,
                now=now,
                postman=postman,
                is_simulated=True,
                clock=lambda now=now: now,  # type: ignore[misc]
            )
            postman.close()

    assert set(server.taken) == {row.address for row in others}
    assert dead_letters.counts() == {"delivery.transmit": 1}


def test_an_address_with_an_international_domain_is_written_to_in_ascii() -> None:
    row, other = mail.deliveries(2)
    Delivery.objects.filter(pk=row.pk).update(address="info@münchen.example")
    Delivery.objects.filter(pk=other.pk).update(address="josé@acme.example")
    postman = mail.NotingPostman()

    turns(1, postman)

    other.refresh_from_db()
    assert postman.carried == ["info@xn--mnchen-3ya.example"]
    assert b"To: info@xn--mnchen-3ya.example" in postman.contents[0]
    assert (other.state, other.reason) == (State.CANCELLED, "cannot_be_written")
    assert "SMTPUTF8" in other.detail
