"""The CSM gets a copy of what the program says, as plain as possible: never counted, never suppressed, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from accounts.models import User
from contacts.consent import operations as consent
from contacts.delivery import operations as delivery
from contacts.delivery.operations.transports import SmtpPostman
from contacts.models import Delivery, Suppression
from programs.design import operations as design
from programs.models import Program
from tests import factories, mail
from tests.counting_smtp import CountingServer, counting_smtp
from tests.factories import NOW
from tests.fixtures import Browser
from tests.programs import world

pytestmark = pytest.mark.django_db

CSM = "cleo@keel.example"


@pytest.fixture
def row() -> Delivery:
    """Return a planned delivery of which the CSM is to get a copy."""
    (planned,) = mail.deliveries(1)
    planned.merge = {**planned.merge, "copy.to": CSM, "csm.name": "Cleo Sand"}
    planned.save()
    return planned


def send(*, is_simulated: bool = True) -> mail.NotingPostman:
    postman = mail.NotingPostman()
    delivery.send_due(worker="w", limit=9, now=NOW, postman=postman, is_simulated=is_simulated, clock=lambda: NOW)
    return postman


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def html(content: bytes) -> str:
    body = read(content).get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_the_reader_sees_who_else_has_it(row: Delivery) -> None:
    postman = send()

    assert postman.carried == [row.address]
    assert read(postman.contents[0])["Cc"] == f"Cleo Sand <{CSM}>"
    assert [address for address, _ in postman.copies] == [CSM]


def test_the_copy_shows_the_same_letter(row: Delivery) -> None:
    postman = send()

    letter, copy = read(postman.contents[0]), read(postman.copies[0][1])
    assert [(copy[name], letter[name]) for name in ("To", "From", "Cc", "Subject", "Date")] == [
        (letter[name], letter[name]) for name in ("To", "From", "Cc", "Subject", "Date")
    ]
    assert "Hello Pat" in html(postman.copies[0][1])


def test_the_copy_speaks_for_nobody(row: Delivery, settings) -> None:
    settings.TRACKING_URL = "https://go.keel.example"
    (_, copy) = send().copies[0]

    assert "https://docs.example/guide" in html(copy)
    for sign in ("/c/", "/u/", "List-Unsubscribe"):
        assert sign not in html(copy) + str(read(copy).items())
    assert html(copy).count("https://go.keel.example/") == 1
    assert "https://go.keel.example/o/copy" in html(copy)


def test_a_bounce_of_the_copy_is_not_the_readers(row: Delivery) -> None:
    postman = send()

    of_letter, of_copy = (read(content)["Message-ID"] for content in (postman.contents[0], postman.copies[0][1]))
    assert of_letter.startswith(f"<{row.uuid.hex}@")
    assert of_copy.startswith(f"<copy.{row.uuid.hex}@")


@pytest.mark.parametrize("category", ["", "enablement"])
def test_a_suppressed_address_gets_no_copy_and_stands_in_no_head(row: Delivery, category: str) -> None:
    consent.suppress(addresses=[CSM], reason=Suppression.Reason.MANUAL, source="test", now=NOW, category=category)

    postman = send()

    assert (postman.carried, postman.copies) == ([row.address], [])
    assert read(postman.contents[0])["Cc"] is None


def test_in_safe_mode_a_copy_leaves_for_listed_addresses_only(row: Delivery) -> None:
    factories.organisation(is_safe_mode=True, allowed_addresses=[row.address])

    postman = send(is_simulated=False)

    assert (postman.carried, postman.copies) == ([row.address], [])
    assert read(postman.contents[0])["Cc"] is None


def test_there_is_no_copy_of_a_letter_that_stays_in_the_house(row: Delivery) -> None:
    factories.organisation(is_safe_mode=True, allowed_addresses=[CSM])

    postman = send(is_simulated=False)

    assert (postman.carried, postman.copies) == ([], [])


def test_a_reader_who_declined_keeps_the_copy_back_too(row: Delivery) -> None:
    consent.suppress(addresses=[row.address], reason=Suppression.Reason.COMPLAINT, source="test", now=NOW)

    assert send().copies == []


@pytest.mark.parametrize("address", ["no address", "x@y", "a@b.example\r\nBcc: c@d.example"])
def test_a_copy_that_cannot_be_addressed_keeps_nothing_from_the_reader(row: Delivery, address: str) -> None:
    Delivery.objects.update(merge={**row.merge, "copy.to": address})

    postman = send()

    assert (postman.carried, postman.copies) == ([row.address], [])


def test_the_reader_who_is_the_csm_has_it_once(row: Delivery) -> None:
    Delivery.objects.update(merge={**row.merge, "copy.to": row.address})

    assert send().copies == []


@pytest.fixture
def server(settings) -> Iterator[CountingServer]:
    with counting_smtp() as (taking, email_url):
        host, _, port = email_url.removeprefix("smtp://").partition(":")
        plain = {"use_ssl": False, "use_tls": False, "username": "", "password": ""}
        settings.EMAIL = {"host": host, "port": int(port), **plain}
        yield taking


def send_by_smtp() -> delivery.SendReport:
    postman = SmtpPostman(now=NOW)
    try:
        return delivery.send_due(worker="w", limit=9, now=NOW, postman=postman, is_simulated=True, clock=lambda: NOW)
    finally:
        postman.close()


def test_the_server_gets_one_letter_and_one_copy(row: Delivery, server: CountingServer) -> None:
    assert send_by_smtp().outcomes == {"sent": 1}

    assert dict(server.taken) == {row.address: 1, CSM: 1}
    assert send_by_smtp().claimed == 0


def test_a_refused_copy_takes_nothing_from_the_letter_and_its_address_is_left_alone(
    row: Delivery, server: CountingServer
) -> None:
    server.refuses = {CSM: "550 5.1.1 No such user"}

    assert send_by_smtp().outcomes == {"sent": 1}

    row.refresh_from_db()
    assert (row.state, row.bounced_at) == ("sent", None)
    assert row.detail.startswith("The copy did not leave: 550 5.1.1")
    assert dict(server.taken) == {row.address: 1}
    assert Suppression.objects.filter(reason="hard_bounce").count() == 1


def test_a_letter_that_is_asked_to_come_later_has_no_copy_yet(row: Delivery, server: CountingServer) -> None:
    server.refuses = {row.address: "450 4.2.0 Later please"}

    assert send_by_smtp().outcomes == {"planned": 1}

    assert dict(server.taken) == {}


@pytest.mark.parametrize("copies", [True, False])
def test_a_program_copies_the_csm_where_it_says_so(ada: User, ben: User, copies: bool) -> None:
    factories.organisation()
    program: Program = world.program(ada)
    document = replace(world.document_of(), copies_csm=copies, replies_to_csm=True)
    design.publish(program=program, document=document, by=ada, now=NOW)
    reader = world.admin(world.customer(csm=ben))

    world.live(NOW)

    sent = Delivery.objects.get(person=reader.person)
    assert sent.merge.get("copy.to") == (ben.email if copies else None)
    assert sent.merge["reply.to"] == ben.email
    assert Delivery.objects.count() == 1


def test_the_outbox_says_who_has_a_copy(row: Delivery, ada: User, browser_of: Browser) -> None:
    send()

    assert CSM in browser_of(ada).get(f"/outbox/{row.pk}/").content.decode()
