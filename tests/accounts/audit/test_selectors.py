import datetime as dt
from decimal import Decimal

import pytest

from accounts.audit import selectors
from accounts.book import operations
from accounts.models import Opportunity
from contacts.people.models import Source
from contacts.people.operations import set_roles
from cs_platform.common import clock
from cs_platform.common.acting import acting
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_a_change_is_told_in_the_words_of_the_screen(ada, ben) -> None:
    with acting(actor=ada.email), clock.recording_at(NOW):
        account = factories.account(name="Acme", segment="scale")
        operations.change_account(account=account, segment="csm_managed", products=["Premium", "Duo"], is_pubsec=True)
        operations.assign_csm(account=account, csm=ben, on=NOW.date())

    lines = selectors.lines_of(selectors.changes_of(table="accounts_account", row_id=account.pk))

    said = [(line.what, {f.label: (f.before, f.after) for f in line.fields}) for line in lines[:2]]
    assert said == [
        ("Account changed", {"CSM": ("", "Ben Okri")}),
        (
            "Account changed",
            {
                "PubSec": ("no", "yes"),
                "Products": ("", "Premium, Duo"),
                "Segment": ("Scale", "CSM-Managed"),
            },
        ),
    ]
    assert (lines[0].actor, lines[0].source, lines[0].changed_at) == (ada.name, "Keel", NOW)


def test_days_and_whoever_acted_are_told_as_people_say_them(ada, ben) -> None:
    account = factories.account()
    operations.assign_csm(account=account, csm=ben, on=dt.date(2026, 1, 5))
    with acting(actor="late_worker", source="salesforce"), clock.recording_at(NOW):
        operations.assign_csm(account=account, csm=ada, on=dt.date(2026, 3, 2))

    changed = [line for line in selectors.lines_of(selectors.changes_at(account.pk)) if line.what == "CSM changed"]

    assert (changed[0].actor, changed[0].source) == ("Late worker", "Salesforce")
    assert changed[0].fields == (selectors.FieldChange("From – until", "5 Jan 2026 – open", "5 Jan 2026 – 2 Mar 2026"),)


def test_money_is_told_with_its_cents() -> None:
    deal = factories.opportunity(amount=1000)
    Opportunity.objects.filter(pk=deal.pk).update(amount=Decimal("292591.39"))

    latest = selectors.lines_of(selectors.changes_of(table="accounts_opportunity", row_id=deal.pk))[0]

    assert latest.fields == (selectors.FieldChange("Amount", "1,000.00", "292,591.39"),)


def test_what_happened_at_an_account_includes_its_contacts(ada) -> None:
    with acting(actor=ada.email), clock.recording_at(NOW):
        membership = factories.membership()
        set_roles(membership=membership, roles=["gitlab_admin"], actor=ada.email, source=Source.KEEL, now=NOW)

    latest = selectors.lines_of(selectors.changes_at(membership.account_id))[0]

    assert (latest.what, latest.fields) == (
        "Contact changed",
        (selectors.FieldChange("GitLab Role", "", "gitlab_admin"),),
    )


def test_many_changes_ask_for_names_once_a_table(ada, django_assert_max_num_queries) -> None:
    account = factories.account()
    for user in [factories.user() for _ in range(5)]:
        operations.assign_csm(account=account, csm=user, on=NOW.date())

    with django_assert_max_num_queries(3):
        lines = selectors.lines_of(selectors.changes_at(account.pk))

    assert len(lines) > 10
