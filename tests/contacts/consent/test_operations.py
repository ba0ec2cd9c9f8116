import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from contacts.consent import operations, selectors
from contacts.consent.models import AddressHash, Suppression
from contacts.consent.rules import BadAddress, normalise_address
from contacts.models import Membership
from contacts.people.operations import change_contact
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

PAT = "pat@customer.example"
Reason = Suppression.Reason


def suppressed(*addresses: str, now: dt.datetime = NOW, category: str = "") -> dict[str, str]:
    return selectors.suppressed(addresses, now=now, category=category)


@pytest.fixture
def pat(db) -> Membership:
    return factories.membership(person=factories.person(email=PAT))


def test_an_address_is_suppressed_in_every_spelling_and_nobody_reads_it_in_the_table() -> None:
    operations.suppress(addresses=[PAT], reason=Reason.MANUAL, source="ada", now=NOW)

    assert suppressed(" Pat@Customer.example", "other@customer.example") == {" Pat@Customer.example": "manual"}
    assert "pat" not in Suppression.objects.get().address_hash


def test_a_suppression_outlives_a_change_of_the_secret_key(settings) -> None:
    old = settings.SECRET_KEY
    operations.suppress(addresses=[PAT], reason=Reason.MANUAL, source="ada", now=NOW)

    with override_settings(SECRET_KEY="another secret of the house", SECRET_KEY_FALLBACKS=[old]):
        assert suppressed(PAT) == {PAT: "manual"}


def test_what_is_no_address_is_left_out() -> None:
    assert suppressed("nobody", "") == {}


def test_a_hold_ends_and_gives_way_to_what_never_ends() -> None:
    until = NOW + dt.timedelta(days=14)
    operations.suppress(addresses=[PAT], reason=Reason.SOFT_BOUNCES, source="bounce", now=NOW, expires_at=until)
    assert (suppressed(PAT), suppressed(PAT, now=until)) == ({PAT: "soft_bounces"}, {})

    operations.suppress(addresses=[PAT], reason=Reason.COMPLAINT, source="complaint", now=NOW)
    operations.suppress(addresses=[PAT], reason=Reason.SOFT_BOUNCES, source="bounce", now=NOW, expires_at=until)
    assert suppressed(PAT, now=until) == {PAT: "complaint"}


def test_opting_out_and_in_again_is_on_record(pat) -> None:
    assert operations.opt_out(membership=pat, category="newsletter", source="page", now=NOW)
    assert not operations.opt_out(membership=pat, category="newsletter", source="page", now=NOW)
    assert operations.opt_in(membership=pat, category="newsletter", source="page", now=NOW)

    assert Membership.objects.get().opted_out == []
    choices = [(choice.category, choice.is_opted_out) for choice in selectors.choices_of(pat.pk)]
    assert choices == [("newsletter", False), ("newsletter", True)]


def test_a_category_that_does_not_exist_is_refused(pat) -> None:
    with pytest.raises(operations.UnknownCategory, match="gossip"):
        operations.opt_out(membership=pat, category="gossip", source="page", now=NOW)


def test_a_reader_who_unsubscribes_gets_nothing_of_it_at_any_account(pat) -> None:
    elsewhere = factories.membership(person=pat.person)
    unsubscribe: dict[str, Any] = {
        "membership": pat,
        "address": PAT,
        "category": "newsletter",
        "source": "email",
        "now": NOW,
    }

    operations.unsubscribe_reader(**unsubscribe)
    operations.unsubscribe_reader(**unsubscribe)

    elsewhere.refresh_from_db()
    assert elsewhere.opted_out == ["newsletter"]
    assert (suppressed(PAT), suppressed(PAT, category="newsletter")) == ({}, {PAT: "unsubscribed"})
    assert pat.consent_choices.count() == 1


def test_an_address_can_be_unsubscribed_from_everything_without_a_contact(pat) -> None:
    operations.unsubscribe_reader(membership=None, address=PAT.upper(), category="all", source="page", now=NOW)

    assert Membership.objects.get().opted_out == ["all"]
    assert suppressed(PAT) == {PAT: "unsubscribed"}


def test_wanting_mail_again_lifts_the_wish_but_not_a_bounce(pat) -> None:
    operations.unsubscribe_reader(membership=pat, address=PAT, category="all", source="email", now=NOW)
    pat.refresh_from_db()
    operations.opt_in(membership=pat, category="all", source="page", now=NOW)
    assert suppressed(PAT) == {}

    operations.note_bounce(address=PAT, bounce_class="hard", now=NOW)
    operations.opt_in(membership=pat, category="all", source="page", now=NOW)
    assert suppressed(PAT) == {PAT: "hard_bounce"}


def test_soft_bounces_on_three_days_hold_the_address_for_two_weeks() -> None:
    earlier = [("soft", NOW.date() - dt.timedelta(days=days)) for days in (3, 1)]

    operations.note_bounce(address=PAT, bounce_class="soft", now=NOW)
    assert suppressed(PAT) == {}
    operations.note_bounce(address=PAT, bounce_class="soft", now=NOW, earlier=earlier)

    assert suppressed(PAT) == {PAT: "soft_bounces"}
    assert suppressed(PAT, now=NOW + dt.timedelta(days=15)) == {}


def test_a_complaint_and_a_hard_bounce_are_for_good() -> None:
    operations.note_complaint(address=PAT, now=NOW)
    operations.note_bounce(address="gone@customer.example", bounce_class="hard", now=NOW)
    operations.note_bounce(address="fine@customer.example", bounce_class="block", now=NOW)

    later = NOW + dt.timedelta(days=3650)
    assert suppressed(PAT, "gone@customer.example", "fine@customer.example", now=later) == {
        PAT: "complaint",
        "gone@customer.example": "hard_bounce",
    }


def test_whoever_comes_back_is_written_to_again_at_every_account(pat) -> None:
    elsewhere = factories.membership(person=pat.person)
    operations.unsubscribe_reader(membership=pat, address=PAT, category="survey", source="mail", now=NOW)

    operations.resubscribe_reader(membership=pat, address=PAT, category="survey", source="page", now=NOW)

    elsewhere.refresh_from_db()
    assert elsewhere.opted_out == []
    assert suppressed(PAT, category="survey") == {}


def test_coming_back_for_one_kind_of_mail_leaves_the_others_declined(pat) -> None:
    operations.unsubscribe_reader(membership=pat, address=PAT, category="all", source="mail", now=NOW)

    operations.resubscribe_reader(membership=None, address=PAT, category="survey", source="page", now=NOW)

    assert suppressed(PAT, category="survey") == {}
    assert suppressed(PAT, category="newsletter") == {PAT: "unsubscribed"}
    pat.refresh_from_db()
    assert selectors.declined_by(PAT, membership=pat, now=NOW) == {"enablement", "newsletter"}


def test_coming_back_for_everything_leaves_nothing_declined(pat) -> None:
    operations.unsubscribe_reader(membership=pat, address=PAT, category="survey", source="mail", now=NOW)

    operations.resubscribe_reader(membership=pat, address=PAT, category="all", source="page", now=NOW)

    pat.refresh_from_db()
    assert selectors.declined_by(PAT, membership=pat, now=NOW) == frozenset()


def test_coming_back_does_not_lift_a_bounce(pat) -> None:
    operations.suppress(addresses=[PAT], reason=Reason.HARD_BOUNCE, source="bounce", now=NOW)

    operations.resubscribe_reader(membership=pat, address=PAT, category="all", source="page", now=NOW)

    assert suppressed(PAT) == {PAT: "hard_bounce"}
    assert selectors.declined_by(PAT, membership=pat, now=NOW) == frozenset()


def test_what_an_account_noted_counts_as_declined_too(pat) -> None:
    operations.opt_out(membership=pat, category="all", source="crm", now=NOW)

    assert selectors.declined_by(PAT, membership=pat, now=NOW) == {"enablement", "newsletter", "survey"}
    assert selectors.declined_by(PAT, membership=None, now=NOW) == frozenset()


@given(local=st.text("abcxyz0189.+_ÄöşİIß", min_size=1, max_size=12))
def test_sql_hashes_an_address_as_python_does(local: str) -> None:
    try:
        address = normalise_address(f"x{local}y@customer.example")
    except BadAddress:
        return
    with connection.cursor() as cursor:
        cursor.execute("select keel_address_hashes(%s)", [address])
        assert cursor.fetchone() == ([selectors.hash_of(address)],)


def test_a_session_that_knows_no_key_says_so_instead_of_letting_mail_go() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local keel.address_keys = ''")
        with pytest.raises(DatabaseError, match="is not set in this session"):
            cursor.execute("select keel_address_hashes('pat@customer.example')")


def test_a_hash_finds_whose_it_is_until_the_address_changes(pat) -> None:
    hashes = AddressHash.objects.values_list("address_hash", "person")
    assert list(hashes.all()) == [(selectors.hash_of(PAT), pat.person_id)]

    change_contact(membership=pat, email="new@customer.example")
    assert list(hashes.all()) == [(selectors.hash_of("new@customer.example"), pat.person_id)]

    change_contact(membership=pat, email=None)
    assert list(hashes.all()) == []
