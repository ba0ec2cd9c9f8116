from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import Account, User
from contacts.delivery import operations as delivery
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.engagement.operations.verdicts import judge_all_hits
from contacts.models import Delivery, Link, Membership
from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass
from programs.design import operations as design
from programs.design import rules
from programs.design.selectors import running_programs
from programs.models import Decision, EntryRun, Participant, Program
from programs.participants import operations as participants
from programs.results import selectors as results
from surveys.design.operations import NewQuestion, publish_survey
from surveys.models import Invitation
from tests import factories, mail
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
DIGITAL = {"all": [{"field": "segment", "op": "in", "value": ["tech_touch", "scale"]}]}


def publish(
    owner: User, *, message_class: MessageClass = MessageClass.ONBOARDING, window: tuple[int, int] = (0, 2)
) -> Program:
    """Return a published program of two emails on days 0 and 3 (or one survey)."""
    program = Program.objects.create(
        key=f"welcome-{message_class}", name="Welcome", category="onboarding", owner=owner, changed_at=NOW
    )
    steps = [rules.Step(f"mail-{day}", "email", f"Mail {day}", day, mail.email().pk) for day in (0, 3)]
    if message_class.is_survey:
        asked = [NewQuestion("recommend", "nps", "Would you recommend us?", is_required=True)]
        survey = publish_survey(key="nps", name="NPS", kind="nps", questions=asked, now=NOW)
        steps = [rules.Step("ask", "survey", "NPS", 0, mail.email().pk, survey.pk)]
    document = rules.Document(
        audience=DIGITAL,
        trigger=rules.Trigger("contract_start", *window),
        recipients=DEFAULT_POLICIES[message_class],
        sender=mail.sender().pk,
        steps=tuple(steps),
        send_hour=0,
    )
    design.publish(program=program, document=document, by=owner, now=NOW)
    return program


def live(now: dt.datetime) -> mail.NotingPostman:
    """Do once what beat and the workers do all the time; return who got mail."""
    postman = mail.NotingPostman()
    participants.enroll_all(now=now)
    participants.advance_all(now=now)
    delivery.send_due(worker="w", limit=100, now=now, postman=postman, is_simulated=True, clock=lambda: now)
    judge_all_hits(now=now)
    return postman


@pytest.fixture
def customer() -> Account:
    factories.organisation()
    return factories.account(contract_date=TODAY, deployment="saas")


def admin(account: Account, **fields: Any) -> Membership:
    return factories.membership(account=account, roles=["gitlab_admin"], **fields)


def test_a_contract_brings_mail_and_the_click_is_found_in_the_program(ada: User, customer: Account) -> None:
    program, reader = publish(ada), admin(customer)

    assert live(NOW).carried == [reader.person.email]
    sent = Delivery.objects.get()
    link = Link.objects.get(version=sent.template_version, number=1)
    later = NOW + dt.timedelta(hours=3)
    hit = RawHit("clicked", sent.pk, later, "k", link_id=link.pk, method="GET", user_agent=FIREFOX)
    record_hits([hit], now=later)
    judge_all_hits(now=later + dt.timedelta(minutes=2))

    found = results.overall(program, viewer=program.owner)
    assert (found.sent, found.delivered, found.clicked.uniques) == (1, 1, 1)
    document = running_programs()[0].document
    first, second = results.step_results(program, document, viewer=program.owner, since=None, until=None)
    assert (first.engagement.clicked.uniques, second.engagement.clicked.uniques) == (1, 0)
    assert second.waiting == 1


def test_the_series_goes_on_day_by_day_and_ends(ada: User, customer: Account) -> None:
    publish(ada)
    reader = admin(customer)

    carried = [live(NOW + DAY * n).carried for n in range(5)]

    assert carried == [[reader.person.email], [], [], [reader.person.email], []]
    assert Participant.objects.get().state == "completed"


def test_running_everything_twice_sends_nothing_twice(ada: User, customer: Account) -> None:
    publish(ada)
    admin(customer)

    carried = [address for _ in range(3) for address in live(NOW).carried]

    assert len(carried) == 1
    assert Participant.objects.count() == 1


def test_publishing_again_sends_nobody_a_step_they_had(ada: User, customer: Account) -> None:
    program, _ = publish(ada), admin(customer)
    live(NOW)
    document = running_programs()[0].document
    design.publish(program=program, document=document, by=ada, now=NOW + DAY)

    assert live(NOW + DAY).carried == []
    assert Participant.objects.get().version.number == 1


def test_every_gitlab_admin_receives_and_the_sold_to_contact_does_not(ada: User, customer: Account) -> None:
    publish(ada)
    admins = {admin(customer).person.email, admin(customer).person.email}
    buyer = factories.membership(account=customer)
    factories.sold_to(account=customer, person=buyer.person)

    assert set(live(NOW).carried) == admins
    assert Decision.objects.get(membership_id=buyer.pk).code == "gitlab_admin_exists"


def test_without_a_gitlab_admin_the_sold_to_contact_receives(ada: User, customer: Account) -> None:
    publish(ada)
    buyer = factories.membership(account=customer)
    factories.sold_to(account=customer, person=buyer.person)

    assert live(NOW).carried == [buyer.person.email]
    assert Participant.objects.get().reason == "is_sold_to_fallback"


def test_a_sold_to_contact_is_never_asked_and_the_reason_is_kept(ada: User, customer: Account) -> None:
    publish(ada, message_class=MessageClass.NPS)
    buyer = factories.membership(account=customer)
    factories.sold_to(account=customer, person=buyer.person)

    assert live(NOW).carried == []
    assert not Invitation.objects.exists()
    assert Decision.objects.get(membership_id=buyer.pk).code == "sold_to_never_surveyed"


def test_a_survey_invites_its_readers_once(ada: User, customer: Account) -> None:
    publish(ada, message_class=MessageClass.NPS)
    reader = admin(customer)

    live(NOW)
    live(NOW + DAY)

    assert Invitation.objects.get().person_id == reader.person_id
    assert "/s/" in Delivery.objects.get().merge["survey.link"]


def test_a_restricted_account_gets_nothing_and_says_why(ada: User, customer: Account) -> None:
    program = publish(ada)
    admin(customer)
    Account.objects.update(is_restricted=True)

    assert live(NOW).carried == []
    kept = Participant.objects.get()
    assert (kept.state, kept.reason, kept.membership) == ("rejected", "restricted_account", None)
    assert [(r.state, r.reason, r.number) for r in results.leavers(program, viewer=program.owner)] == [
        ("rejected", "restricted_account", 1)
    ]


def test_an_account_that_gets_its_gitlab_admin_in_time_enters_after_all(ada: User, customer: Account) -> None:
    publish(ada)
    someone = factories.membership(account=customer)
    assert live(NOW).carried == []

    Membership.objects.filter(pk=someone.pk).update(roles=["gitlab_admin"])

    assert live(NOW + DAY).carried == [someone.person.email]
    assert Participant.objects.get().state == "waiting"


def test_an_account_outside_the_window_is_no_candidate(ada: User, customer: Account) -> None:
    publish(ada)
    admin(customer)
    Account.objects.update(contract_date=TODAY - 3 * DAY)

    assert live(NOW).carried == []
    assert not EntryRun.objects.exists()


def test_candidates_are_those_who_entered_and_those_who_did_not(ada: User, customer: Account) -> None:
    publish(ada)
    admin(customer)
    factories.account(contract_date=TODAY)

    live(NOW)

    run = EntryRun.objects.get()
    assert (run.candidates, run.entered, run.rejected) == (2, 1, 1)


def test_who_leaves_between_two_steps_gets_no_more(ada: User, customer: Account) -> None:
    publish(ada)
    reader = admin(customer)
    live(NOW)
    Membership.objects.filter(pk=reader.pk).update(is_active=False)

    assert live(NOW + 3 * DAY).carried == []
    left = Participant.objects.get()
    assert (left.state, left.reason) == ("exited", "inactive")


def test_next_years_contract_is_another_reason(ada: User, customer: Account) -> None:
    publish(ada)
    admin(customer)
    live(NOW)
    live(NOW + 3 * DAY)
    Account.objects.update(contract_date=TODAY + 365 * DAY)

    assert len(live(NOW + 365 * DAY).carried) == 1


def test_a_paused_program_sends_nothing_and_goes_on_when_resumed(ada: User, customer: Account) -> None:
    program, reader = publish(ada), admin(customer)
    live(NOW)
    participants.pause(program=program, now=NOW + DAY)
    assert live(NOW + 4 * DAY).carried == []

    participants.resume(program=program, now=NOW + 5 * DAY)

    assert live(NOW + 5 * DAY).carried == [reader.person.email]
    with pytest.raises(participants.NotRunnable):
        participants.resume(program=program, now=NOW + 5 * DAY)
