"""A suppression says why, on what evidence and since when; lifting it is on record and forgets the bounces before."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import User
from contacts.consent import operations
from contacts.consent.rules import BounceClass, SuppressionReason, suppression_after
from contacts.consent.selectors import suppressed
from contacts.models import HeldChange, LiftedSuppression, Membership, Suppression
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

PAT = "pat@customer.example"
LIST = "/contacts/suppressions/"
SERVER = "550 5.1.1 <pat@customer.example>: no such user here"


@pytest.fixture
def pat() -> Membership:
    person = factories.person(email=PAT, first_name="Pat", last_name="Lee")
    return factories.membership(person=person, account=factories.account(name="Acme"), roles=["gitlab_admin"])


@pytest.fixture
def bounced(pat: Membership) -> Suppression:
    operations.note_bounce(address=PAT, bounce_class="hard", now=NOW, evidence=SERVER)
    return Suppression.objects.get()


def lift(client: Client, found: Suppression, why: str = "Confirmed by phone") -> None:
    assert client.post(f"{LIST}{found.pk}/", {"why": why}).status_code == 302


# How often an address may bounce -----------------------------------------------------------------------------------


def weeks(number: int) -> list[tuple[BounceClass, dt.date]]:
    return [(BounceClass.SOFT, NOW.date() - dt.timedelta(weeks=week)) for week in range(number)]


@pytest.mark.parametrize(("number", "reason"), [(9, None), (10, SuppressionReason.SOFT_BOUNCES), (40, "soft_bounces")])
def test_an_address_that_bounces_every_week_is_suppressed_at_the_tenth(number: int, reason: str | None) -> None:
    standing = suppression_after(weeks(number), now=NOW)

    assert (standing.reason, standing.held_until) == (reason, None)


def test_ten_soft_bounces_over_years_suppress_nobody() -> None:
    history = [(kind, NOW.date() - 9 * (NOW.date() - day)) for kind, day in weeks(10)]

    assert suppression_after(history, now=NOW).reason is None


# The screens -------------------------------------------------------------------------------------------------------


def test_the_list_and_the_page_say_why_and_on_what_evidence(browser_of, ada: User, bounced: Suppression) -> None:
    client = browser_of(ada)

    listed = client.get(LIST).content.decode()
    assert ("Pat Lee" in listed, PAT in listed, "Hard bounce" in listed) == (True, True, True)
    page = client.get(f"{LIST}{bounced.pk}/").content.decode()
    assert ("no such user here" in page, "Acme" in page, "Lift suppression" in page) == (True, True, True)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=pat@customer.example", True),
        ("q=PAT@Customer.example", True),
        ("q=other@customer.example", False),
        ("q=Lee", True),
        ("q=Nobody", False),
        ("reason=hard_bounce", True),
        ("reason=complaint", False),
        ("state=active", True),
        ("state=temporary", False),
        ("scope=everything", True),
        ("scope=survey", False),
    ],
)
def test_the_list_is_narrowed(browser_of, ada: User, bounced: Suppression, query: str, is_found: bool) -> None:
    page = browser_of(ada).get(f"{LIST}?{query}")

    assert [row["suppression"] for row in page.context["rows"]] == ([bounced] if is_found else [])


def test_the_pages_of_a_contact_lead_to_the_suppression(browser_of, ada: User, pat, bounced: Suppression) -> None:
    client, address = browser_of(ada), f"{LIST}{bounced.pk}/"

    for page in (f"/contacts/{pat.person_id}/", f"/contacts/at/{pat.pk}/"):
        assert address in client.get(page).content.decode()


def test_a_public_sector_contact_is_not_named_to_who_may_not_see_it(browser_of, ben: User, pat, bounced) -> None:
    pat.account.is_pubsec = True
    pat.account.save()

    shown = browser_of(ben).get(LIST).content.decode()

    assert ("Pat Lee" in shown, PAT in shown, "Unknown address" in shown) == (False, False, True)


def test_lifting_asks_for_a_reason_and_keeps_who_and_why(browser_of, ada: User, bounced: Suppression) -> None:
    client = browser_of(ada)
    assert client.post(f"{LIST}{bounced.pk}/", {"why": ""}).status_code == 422

    lift(client, bounced)

    assert suppressed([PAT], now=NOW) == {}
    record = LiftedSuppression.objects.get()
    assert (record.lifted_by, record.lift_reason, record.evidence) == (ada.email, "Confirmed by phone", SERVER)
    assert client.post(f"{LIST}{bounced.pk}/", {"why": "again"}).status_code == 404


def test_who_may_only_read_lifts_nothing(browser_of, reader: User, bounced: Suppression) -> None:
    assert browser_of(reader).get(f"{LIST}{bounced.pk}/").status_code == 200
    assert browser_of(reader).post(f"{LIST}{bounced.pk}/", {"why": "because"}).status_code == 403
    assert suppressed([PAT], now=NOW) == {PAT: "hard_bounce"}


def test_an_erased_person_stays_suppressed(browser_of, ada: User) -> None:
    operations.suppress(addresses=[PAT], reason=Suppression.Reason.ERASED, source="privacy", now=NOW)

    lift(browser_of(ada), Suppression.objects.get())

    assert suppressed([PAT], now=NOW) == {PAT: "erased"}


def test_bounces_before_the_lift_no_longer_count(bounced: Suppression) -> None:
    operations.lift_suppression(suppression_id=bounced.pk, by="ada", why="mailbox is back", now=NOW)

    earlier = [("hard", NOW.date())]
    operations.note_bounce(address=PAT, bounce_class="soft", now=NOW + dt.timedelta(days=3), earlier=earlier)
    assert suppressed([PAT], now=NOW) == {}

    operations.note_bounce(address=PAT, bounce_class="hard", now=NOW + dt.timedelta(days=4))
    assert suppressed([PAT], now=NOW) == {PAT: "hard_bounce"}


def test_what_was_lifted_can_be_put_back(bounced: Suppression) -> None:
    lifted = operations.lift_suppression(suppression_id=bounced.pk, by="ada", why="by mistake", now=NOW)

    operations.undo_lift({"lifted": lifted.pk})

    again = Suppression.objects.get()
    assert (again.reason, again.evidence, again.since_at) == ("hard_bounce", SERVER, bounced.since_at)
    assert (LiftedSuppression.objects.count(), HeldChange.objects.count()) == (0, 0)
