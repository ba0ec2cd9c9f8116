import datetime as dt

import pytest

from accounts.book import operations
from accounts.book.models import Account, AccountSpan, CsmAssignment, Stage
from accounts.book.operations import AccountRow
from accounts.models import Change, Entry
from cs_platform.common import clock
from cs_platform.common.acting import acting
from cs_platform.common.outcomes import Outcome
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db


def history(account) -> list[tuple]:
    rows = CsmAssignment.objects.filter(account=account).order_by("during")
    return [(row.csm_id, row.during.lower, row.during.upper) for row in rows]


def test_opening_an_account_below_another_copies_the_topmost_down() -> None:
    holding = operations.open_account(name="Holding")
    division = operations.open_account(name="Division", parent=holding)
    works = operations.open_account(name="Works", parent=division)

    assert (holding.top, division.top, works.top) == (None, holding, holding)


def test_moving_a_branch_takes_everybody_below_along() -> None:
    old, new = factories.account(), factories.account()
    branch = factories.account(parent=old, top=old)
    leaf = factories.account(parent=branch, top=old)

    assert operations.set_parents(parents={branch.pk: new.pk}) == 1
    leaf.refresh_from_db()
    assert leaf.top == new
    assert operations.set_parents(parents={branch.pk: new.pk}) == 0


def test_an_account_cannot_stand_above_itself() -> None:
    above = factories.account()
    below = factories.account(parent=above, top=above)

    with pytest.raises(operations.HierarchyLoop) as loop:
        operations.set_parents(parents={above.pk: below.pk})

    assert loop.value.account_ids == {above.pk}
    above.refresh_from_db()
    assert above.parent is None


def test_a_value_that_does_not_fit_is_refused_by_its_field() -> None:
    with pytest.raises(operations.BadFact) as refused:
        operations.open_account(name="Acme", segment="enormous")

    assert set(refused.value.problems) == {"segment"}


def test_changing_an_account_writes_only_what_differs() -> None:
    account = factories.account(industry="Retail")

    assert operations.change_account(account=account, industry="Retail", country="PT") == ["country"]
    assert operations.change_account(account=account, country="PT") == []
    assert Change.objects.filter(table_name="accounts_account", operation="update").count() == 1


def test_a_stage_change_is_on_the_timeline() -> None:
    account = factories.account()

    assert operations.change_stage(account=account, stage=Stage.ADOPTION, actor="ada@keel.example", now=NOW)
    assert not operations.change_stage(account=account, stage=Stage.ADOPTION, actor="ada@keel.example", now=NOW)
    assert Entry.objects.get().subject == "Stage changed from Onboarding to Adoption"


def test_a_new_csm_ends_the_time_of_the_old_one(ada, ben) -> None:
    account = factories.account()
    first, second = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
    operations.assign_csm(account=account, csm=ada, on=first)
    operations.assign_csm(account=account, csm=ben, on=second)
    operations.assign_csm(account=account, csm=ben, on=TODAY)

    account.refresh_from_db()
    assert account.csm == ben
    assert history(account) == [(ada.pk, first, second), (ben.pk, second, None)]


def test_a_csm_who_leaves_and_is_replaced_on_one_day_overlaps_with_nobody(ada, ben) -> None:
    account = factories.account()
    operations.assign_csm(account=account, csm=ada, on=TODAY)
    operations.assign_csm(account=account, csm=ben, on=TODAY)
    operations.assign_csm(account=account, csm=None, on=TODAY + dt.timedelta(days=3))

    account.refresh_from_db()
    assert account.csm is None
    assert history(account) == [(ben.pk, TODAY, TODAY + dt.timedelta(days=3))]


def upsert(user, *rows: AccountRow, system: str = "import", all_or_none: bool = False) -> list[Outcome]:
    return operations.upsert_accounts(system=system, rows=rows, viewer=user, today=TODAY, all_or_none=all_or_none)


def test_an_upsert_adds_then_changes_then_leaves_alone(ada) -> None:
    (added,) = upsert(ada, AccountRow("A-1", {"name": "Acme", "industry": "Retail"}))
    (changed,) = upsert(ada, AccountRow("A-1", {"industry": "Banking"}))
    (same,) = upsert(ada, AccountRow("A-1", {"name": "Acme"}))

    account = Account.objects.get()
    assert (account.name, account.industry) == ("Acme", "Banking")
    assert {added.pk, changed.pk, same.pk} == {account.pk}
    assert added.uuid == account.uuid
    assert [(o.is_created, o.is_changed) for o in (added, changed, same)] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip


def test_an_upsert_of_what_is_there_leaves_no_trace(ada) -> None:
    rows = [AccountRow("A-1", {"name": "Acme", "products": ["Premium"], "contract_date": TODAY}, csm=ada.email)]
    with acting(actor="import"), clock.recording_at(NOW):
        upsert(ada, *rows)
    before = (Change.objects.count(), AccountSpan.objects.count(), Account.objects.get().changed_xid)
    with acting(actor="import"), clock.recording_at(NOW + dt.timedelta(days=1)):
        upsert(ada, *rows)

    assert (Change.objects.count(), AccountSpan.objects.count(), Account.objects.get().changed_xid) == before


def test_rows_of_one_upsert_may_be_each_others_parents(ada) -> None:
    upsert(ada, AccountRow("C", {"name": "Child"}, parent="P"), AccountRow("P", {"name": "Parent"}))

    child = Account.objects.get(name="Child")
    assert child.parent == child.top == Account.objects.get(name="Parent")


def test_rows_that_would_stand_above_themselves_are_refused_alone(ada) -> None:
    outcomes = upsert(
        ada,
        AccountRow("X", {"name": "X"}, parent="Y"),
        AccountRow("Y", {"name": "Y"}, parent="X"),
        AccountRow("Z", {"name": "Z"}),
    )

    assert [[p.code for p in outcome.problems] for outcome in outcomes] == [["hierarchy_loop"], ["hierarchy_loop"], []]
    assert list(Account.objects.values_list("name", flat=True)) == ["Z"]


def test_each_row_is_refused_for_its_own_reason(ada) -> None:
    outcomes = upsert(
        ada,
        AccountRow("", {"name": "Nameless"}),
        AccountRow("twice", {"name": "One"}),
        AccountRow("twice", {"name": "Two"}),
        AccountRow("new", {"industry": "Retail"}),
        AccountRow("orphan", {"name": "Orphan"}, parent="nobody"),
        AccountRow("unled", {"name": "Unled"}, csm="nobody@keel.example"),
        AccountRow("good", {"name": "Good"}, csm="ADA@keel.example"),
    )

    codes = [[problem.code for problem in outcome.problems] for outcome in outcomes]
    assert codes == [["required"], ["repeated"], ["repeated"], ["required"], ["unknown_parent"], ["unknown_user"], []]
    assert Account.objects.get().csm == ada


def test_all_or_none_takes_everything_back(ada) -> None:
    good, bad = upsert(ada, AccountRow("A", {"name": "A"}), AccountRow("B", {}), all_or_none=True)

    assert ([p.code for p in good.problems], [p.code for p in bad.problems]) == (["not_applied"], ["required"])
    assert not Account.objects.exists()


def test_an_account_that_may_not_be_seen_cannot_be_changed(ben) -> None:
    hidden = factories.account(name="Agency", is_pubsec=True)
    factories.external_id(row=hidden, kind="account", name="G-1", system="import")

    outcomes = upsert(ben, AccountRow("G-1", {"name": "Mine"}), AccountRow("G-2", {"name": "New", "is_pubsec": True}))

    assert [outcome.problems[0].code for outcome in outcomes] == ["forbidden", "forbidden"]
    hidden.refresh_from_db()
    assert hidden.name == "Agency"


def test_two_hundred_rows_take_few_statements(ada, django_assert_max_num_queries) -> None:
    rows = [AccountRow(f"A-{n}", {"name": f"Account {n}"}, parent="A-0" if n else None) for n in range(200)]

    with django_assert_max_num_queries(30):
        upsert(ada, *rows)
    with django_assert_max_num_queries(20):
        upsert(ada, *[AccountRow(f"A-{n}", {"industry": "Retail"}) for n in range(200)])

    assert Account.objects.filter(industry="Retail").count() == 200


def test_the_two_spellings_of_a_salesforce_id_are_one_account_and_case_makes_another(ada) -> None:
    short, long = "0013000000abcDE", "0013000000abcDEAAY"
    other = "0013000000ABCde"

    upsert(ada, AccountRow(short, {"name": "Acme"}), AccountRow(other, {"name": "Other"}), system="salesforce")
    (same,) = upsert(ada, AccountRow(long, {"name": "Acme AG"}), system="salesforce")

    assert (same.external_id, same.is_changed) == (long, True)
    assert set(Account.objects.values_list("name", flat=True)) == {"Acme AG", "Other"}


def test_a_salesforce_id_whose_case_was_changed_on_the_way_is_refused(ada) -> None:
    (outcome,) = upsert(ada, AccountRow("0013000000abcdeAAY", {"name": "Acme"}), system="salesforce")

    assert [problem.code for problem in outcome.problems] == ["bad_salesforce_id"]


def test_a_parent_may_be_named_in_either_spelling(ada) -> None:
    rows = (
        AccountRow("0013000000abcDEAAY", {"name": "Parent"}),
        AccountRow("0013000000abcDF", {"name": "Child"}, parent="0013000000abcDE"),
    )
    upsert(ada, *rows, system="salesforce")

    assert Account.objects.get(name="Child").parent == Account.objects.get(name="Parent")


def test_a_stage_that_does_not_follow_is_refused() -> None:
    account = factories.account(stage=Stage.CHURNED)

    with pytest.raises(operations.StageDoesNotFollow):
        operations.change_stage(account=account, stage=Stage.OPTIMIZE, actor="ada@keel.example", now=NOW)
