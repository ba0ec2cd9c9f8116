"""What a program did, in numbers that agree with each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from accounts.models import User
from contacts.engagement.operations.events import RawHit, record_hits
from contacts.models import Delivery, Mailing
from programs.design import operations as design
from programs.design.selectors import running_programs
from programs.models import Participant, Program
from programs.participants.selectors import accounts_shut_out, flow, inside_by_day, left_at_steps
from programs.results import selectors
from tests import factories
from tests.factories import NOW
from tests.programs import world
from tests.programs.world import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def welcome(ada: User) -> Program:
    """Return a program that wrote to two people; one clicked, one bounced."""
    factories.organisation()
    program = world.published(ada)
    world.admin()
    world.admin()
    world.customer()
    world.live(NOW)
    reader, gone = Delivery.objects.order_by("pk")
    world.click(reader, at=NOW + dt.timedelta(hours=3))
    record_hits([RawHit("bounced", gone.pk, NOW + DAY, "b", detail={"bounce_class": "hard"})], now=NOW + DAY)
    return program


def test_the_list_of_programs_sums_up_each_of_them(welcome: Program, django_assert_max_num_queries) -> None:
    draft = world.program(welcome.owner, key="draft", name="Draft")

    welcome.owner.may("view")
    with django_assert_max_num_queries(5):
        first, second = selectors.summaries([welcome, draft], viewer=welcome.owner, now=NOW + DAY)

    assert (first.inside, first.participants, first.rejected) == (2, 2, 1)
    assert (first.engagement.sent, first.engagement.delivered, first.engagement.clicked.uniques) == (2, 1, 1)
    assert (first.version and first.version.number, first.is_mature) == (1, False)
    assert (second.version, second.engagement.sent, second.inside) == (None, 0, 0)


def seen_by(viewer: User, program: Program) -> list[Any]:
    """Return every figure of a program as somebody sees it."""
    span: dict[str, Any] = {"viewer": viewer, "since": NOW - DAY, "until": NOW + 3 * DAY}
    (row,) = selectors.summaries([program], viewer=viewer, now=NOW + 3 * DAY)
    steps = selectors.step_results(program, running_programs()[0].document, **span)
    return [
        replace(row, program=program),
        selectors.overall(program, **span),
        selectors.series(program, **span),
        [(step.engagement, step.waiting, step.planned) for step in steps],
        selectors.leavers(program, viewer=viewer),
        flow(program, **span),
        left_at_steps(program, **span),
        inside_by_day(program, viewer=viewer, inside_now=9, since=NOW.date(), today=NOW.date() + 2 * DAY),
        accounts_shut_out(program, viewer=viewer),
    ]


def test_no_figure_counts_what_its_viewer_may_not_see(welcome: Program, ada: User, ben: User) -> None:
    before, known = seen_by(ben, welcome), set(Delivery.objects.values_list("pk", flat=True))
    for _ in range(3):
        world.admin(world.customer(is_pubsec=True))
    world.customer(is_pubsec=True)
    world.live(NOW)
    clicked, waiting, gone = Delivery.objects.exclude(pk__in=known).order_by("pk")
    for hours in (2, 30):
        world.click(clicked, at=NOW + dt.timedelta(hours=hours))
    world.click(waiting, at=NOW + dt.timedelta(hours=4), settle=False)
    record_hits([RawHit("bounced", gone.pk, NOW + DAY, "g", detail={"bounce_class": "hard"})], now=NOW + DAY)
    Participant.objects.filter(account=gone.account_id).update(state="exited", finished_at=NOW + DAY)

    assert seen_by(ben, welcome) == before
    for theirs, hers in zip(before[:-2], seen_by(ada, welcome), strict=False):
        assert theirs != hers


def test_a_program_is_mature_thirty_days_after_its_first_version(welcome: Program) -> None:
    early, late = (
        selectors.summaries([welcome], viewer=welcome.owner, now=NOW + n * DAY)[0].is_mature for n in (29, 30)
    )

    assert (early, late) == (False, True)


def test_days_steps_and_the_whole_add_up_to_the_same(welcome: Program) -> None:
    period: dict[str, Any] = {"viewer": welcome.owner, "since": NOW - DAY, "until": NOW + 3 * DAY}
    whole = selectors.overall(welcome, **period)
    steps = selectors.step_results(welcome, running_programs()[0].document, **period)
    days = selectors.series(welcome, **period)

    assert len(days) == 5
    for total in (sum(s.engagement.sent for s in steps), sum(d.sent for d in days)):
        assert total == whole.sent == 2
    for total in (sum(s.engagement.clicked.uniques for s in steps), sum(d.clicked for d in days)):
        assert total == whole.clicked.uniques == 1
    assert sum(d.delivered for d in days) == whole.delivered == 1


def test_a_day_is_a_day_of_the_given_zone(welcome: Program) -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    since = dt.datetime(2026, 3, 2, tzinfo=tokyo)

    days = selectors.series(welcome, viewer=welcome.owner, since=since, until=since + 2 * DAY, zone="Asia/Tokyo")

    assert [(day.date.day, day.sent) for day in days] == [(2, 2), (3, 0)]


def test_an_email_the_newest_version_lacks_is_still_counted(welcome: Program, ada: User) -> None:
    shorter = world.document_of(world.step(9, day=0))
    design.publish(program=welcome, document=shorter, by=ada, now=NOW + DAY)

    (earlier,) = selectors.earlier_results(welcome, shorter, viewer=welcome.owner, since=None, until=None)

    assert (earlier.mailing.name, earlier.engagement.sent) == ("Mail 1", 2)
    assert Mailing.objects.filter(program_ref=welcome.pk).count() == 3
    assert selectors.earlier_results(welcome, shorter, viewer=welcome.owner, since=NOW + DAY, until=None) == []


def test_reasons_for_leaving_and_for_not_entering_are_counted(welcome: Program) -> None:
    assert [(r.state, r.reason, r.number) for r in selectors.leavers(welcome, viewer=welcome.owner)] == [
        ("rejected", "no_gitlab_admin_and_no_sold_to", 1)
    ]
