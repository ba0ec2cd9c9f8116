import io
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from accounts.book import operations as book
from accounts.models import Account, Change, Entry, ExternalId, Line, LossReason, Opportunity, Subscription
from contacts.models import Membership, MembershipSpan, Person, RoleChange, SoldTo
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports import selectors
from cs_platform.integrations.imports.models import Kind
from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import repeat_for_real, start_run
from cs_platform.integrations.imports.rules.columns import proposed
from metrics.models import Reading
from tests.cs_platform.integrations.imports.conftest import counts, problems
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

ACCOUNTS = ("id,name,country,contract_date", "A1,Acme,PT,2025-01-31", "A2,Beta,IN,")
SUBSCRIPTIONS = (
    "id,account,start,end,plan,seats,arr",
    "S1,A1,2025-03-01,2026-02-28,Pro,10,1200",
    "S2,A2,2025-03-01,,Pro,5,600",
)
WRITTEN = (
    Account, Change, Entry, ExternalId, Line, LossReason, Membership, MembershipSpan, Opportunity, Person, RoleChange,
    SoldTo, Subscription,
)  # fmt: skip


def traces() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_accountspan")
        (spans,) = cursor.fetchone()
    return {model.__name__: model.objects.count() for model in WRITTEN} | {
        "AccountSpan": spans, "Reading": Reading.objects.count(),
    }  # fmt: skip


FILES = {
    "accounts": ACCOUNTS,
    "contacts": (
        "id,account,email,first,role,sold to since,opted out",
        "C1,A1,pat@customer.example,Pat,GitLab Admin; Executive Sponsor,2025-01-31,",
        "C2,A2,kim@customer.example,Kim,,,yes",
    ),
    "subscriptions": SUBSCRIPTIONS,
    "churn_events": ("id,account,date,reason,feedback", "X1,A1,2025-12-01,pricing,too dear", "X2,A1,2026-01-01,,"),
    "usage": (
        "usage_id,subscription,date,feature,count,errors",
        "U1,S1,2025-05-01,wiki,3,0",
        "U2,S1,2025-05-01,wiki,4,1",
        "U3,S2,2025-05-02,wiki,1,0",
    ),
}


def test_what_a_trial_reports_is_what_then_happens_and_a_second_run_changes_nothing(take) -> None:
    for days, (kind, lines) in enumerate(FILES.items()):
        before = traces()
        trial = take(kind, *lines, is_dry_run=True)
        assert traces() == before
        real = take(kind, *lines)
        after = traces()
        again = take(kind, *lines, days_later=days + 1)

        rows = len(lines) - 1
        assert counts(trial) == counts(real) == [rows, 0, 0, 0], kind
        assert counts(again) == [0, 0, rows, 0], kind
        assert traces() == after != before, kind


def test_a_file_as_spreadsheets_of_europe_write_it_is_read(take) -> None:
    lines = (
        "\ufeffid;Firma;Land\r",
        'K-1;"The ""Quick"" Brown; Co.";DE\r',
        "K-2;日本データ\0株式会社;\r",
        "K-3;Łódź, S.A.;PL\r",
    )

    run = take("accounts", *lines, mapping={"name": "firma", "country": "LAND"})

    assert counts(run) == [3, 0, 0, 0]
    names = ['The "Quick" Brown; Co.', "Łódź, S.A.", "日本データ株式会社"]
    assert sorted(Account.objects.values_list("name", flat=True)) == names


def test_a_changed_file_changes_what_differs(take) -> None:
    take("accounts", *ACCOUNTS)
    take("subscriptions", *SUBSCRIPTIONS)
    renamed = (ACCOUNTS[0], "A1,Acme AG,PT,2025-01-31", ACCOUNTS[2], "A3,Gamma,,")
    shorter = (SUBSCRIPTIONS[0], "S1,A1,2025-03-01,2025-12-31,Pro,10,1200", SUBSCRIPTIONS[2])

    assert counts(take("accounts", *renamed)) == [1, 1, 1, 0]
    assert counts(take("subscriptions", *shorter, days_later=1)) == [0, 1, 1, 0]
    assert Account.objects.get(name="Acme AG").arr == 0


def test_an_accounts_copies_follow_from_its_subscriptions(take) -> None:
    take("accounts", *ACCOUNTS)
    take("subscriptions", *SUBSCRIPTIONS)

    beta = Account.objects.get(name="Beta")
    assert (int(beta.arr), beta.seats, beta.products, beta.region) == (600, 5, ["Pro"], "APAC")
    line = Line.objects.get(subscription__number="S1")
    # The last day in force of the file is the 28th of February.
    assert str(line.valid.upper) == "2026-03-01"


def test_the_people_of_a_file_get_roles_and_keep_their_wishes(take) -> None:
    take("accounts", *ACCOUNTS)
    take("contacts", *FILES["contacts"])

    pat, kim = Membership.objects.order_by("pk")
    assert (pat.roles, pat.opted_out, pat.source) == (["executive_sponsor", "gitlab_admin"], [], "import")
    assert (kim.roles, kim.opted_out) == ([], ["all"])
    assert SoldTo.objects.get().person == pat.person


def test_a_loss_stays_a_fact_whatever_the_account_still_pays(take) -> None:
    take("accounts", *ACCOUNTS)
    take("subscriptions", *SUBSCRIPTIONS)
    take(
        "churn_events",
        "id,account,date,reason,feedback,is_reactivation,refund",
        "X1,A2,2025-12-01,pricing,dear,True,4.5",
    )

    loss, entry = Opportunity.objects.get(), Entry.objects.get()
    assert (loss.order_type, loss.stage, loss.is_closed, loss.is_won) == ("6", "Closed Lost", True, False)
    assert [(r.reason, r.share) for r in loss.loss_reasons.all()] == [("pricing", Decimal(1))]
    assert (entry.subject, entry.body) == ("Churned: pricing", "dear")
    assert entry.data == {"is_reactivation": True, "refund": "4.5"}
    assert Account.objects.get(name="Beta").arr == 600


def test_rows_that_contradict_each_other_are_both_refused_and_name_each_other(take) -> None:
    run = take("accounts", "id,name", "A1,Acme", "A2,Beta", "A1,Acme AG", "A2,Beta")

    assert counts(run) == [1, 0, 1, 2]
    assert problems(run) == [(2, "id", "contradiction"), (4, "id", "contradiction")]
    said = run.problems.order_by("line").first()
    assert said is not None
    assert said.reason == "A1 is also on line 4 with different values. Keep one of them."


def test_a_row_said_twice_goes_the_way_of_the_first(take) -> None:
    run = take("accounts", "id,name", "A1,", "A1,", "A2,Beta", "A2,Beta")

    assert counts(run) == [1, 0, 1, 2]
    assert problems(run) == [(2, "name", "required"), (3, "id", "repeats_refused")]


def test_uses_of_a_feature_under_different_ids_add_up(take, small_chunks) -> None:
    take("accounts", *ACCOUNTS)
    take("subscriptions", *SUBSCRIPTIONS)
    lines = FILES["usage"]
    run = take("usage", lines[0], lines[1], *(f"V{n},S2,2025-06-0{n},wiki,1,0" for n in range(1, 6)), lines[2])

    assert counts(run) == [7, 0, 0, 0]
    readings = dict(Reading.objects.filter(date="2025-05-01").values_list("measure", "value"))
    assert readings == {"wiki.count": 7, "wiki.errors": 1}


def test_two_levels_of_one_day_contradict_each_other(take) -> None:
    take("accounts", *ACCOUNTS)
    take("subscriptions", *SUBSCRIPTIONS)
    level = "{},S1,2025-05-01,billable_users,{}"
    run = take("usage", "id,subscription,date,measure,value", level.format("U1", 7), level.format("U2", 8))

    assert counts(run) == [0, 0, 0, 2]


def test_parents_may_stand_anywhere_in_the_file(take, small_chunks) -> None:
    heading = "id,name,parent"
    rows = ("A1,Leaf,A4", "A2,Lone,", "A3,Stray,A9", "A4,Branch,A5", "A5,Root,", "A6,X,A7", "A7,Y,A6")
    run = take("accounts", heading, *rows)
    again = take("accounts", heading, *rows[:5])

    leaf = Account.objects.get(name="Leaf")
    assert (leaf.parent and leaf.parent.name, leaf.top and leaf.top.name) == ("Branch", "Root")
    assert counts(run) == [6, 0, 0, 1]
    # The last row would close a circle: the account is there, without a parent.
    assert problems(run) == [(4, "parent", "unknown_parent"), (8, "parent", "hierarchy_loop")]
    assert Account.objects.get(name="Y").parent is None
    assert counts(again) == [0, 0, 4, 1]


def test_references_to_nothing_are_refused_row_by_row(take) -> None:
    take("accounts", *ACCOUNTS)

    subscriptions = take("subscriptions", SUBSCRIPTIONS[0], "S1,A9,2025-03-01,,Pro,1,1", "S2,A1,2025-03-01,,Pro,1,1")
    usage = take(
        "usage", "subscription,date,measure,value", "S9,2025-05-01,users,1", f"S2,{TODAY.year + 1}-01-01,users,1"
    )
    contacts = take("contacts", "id,account,role", "C1,A1,Wizard", "C2,A9,")

    assert problems(subscriptions) == [(2, "account", "unknown_account")]
    assert problems(usage) == [(2, "subscription", "unknown_subscription"), (3, "date", "future")]
    assert problems(contacts) == [(2, "role", "value"), (3, "account", "unknown_account")]


def test_a_subscription_needs_an_amount_a_known_currency_and_an_end_after_its_start(take) -> None:
    take("accounts", *ACCOUNTS)
    heading = "id,account,start,end,plan,seats,mrr,currency"
    rows = ("S1,A1,2025-03-01,,Pro,1,,", "S2,A1,2025-03-01,,Pro,1,1,CHF", "S3,A1,2025-03-01,2025-02-01,Pro,1,1,")
    run = take("subscriptions", heading, *rows, "S4,A1,2025-03-01,2025-03-01,Pro,1,100,USD")

    assert problems(run) == [(2, "arr", "required"), (3, "currency", "unknown_currency"), (4, "end", "term")]
    assert Line.objects.get().arr == 1200


@pytest.mark.parametrize("text", ["", "id\n", "name\nAcme\n", "id,name,name\nA1,Acme,Acme\n"])
def test_a_file_that_cannot_be_understood_ends_the_run_before_anything_is_written(take, tmp_path, text) -> None:
    run = take("accounts", *text.splitlines())

    assert (run.state, counts(run)) == ("failed", [0, 0, 0, 0])
    assert run.error
    assert not Account.objects.exists()


def test_what_somebody_may_not_see_is_refused_to_them(take, ben) -> None:
    take("accounts", "id,name,pubsec", "A1,Agency,yes")

    accounts = take("accounts", "id,name", "A1,Mine", by=ben)
    contacts = take("contacts", "id,account", "C1,A1", by=ben)
    subscriptions = take("subscriptions", *SUBSCRIPTIONS[:2], by=ben)

    assert [problems(run)[0][2] for run in (accounts, contacts, subscriptions)] == ["forbidden"] * 3
    assert Account.objects.get().name == "Agency"


def test_changes_are_audited_under_the_name_of_whoever_imports(take, ada) -> None:
    take("accounts", *ACCOUNTS, by=ada)

    change = Change.objects.filter(table_name="accounts_account").first()
    assert change is not None
    assert (change.actor, change.source) == (ada.email, "import")


def test_salesforce_ids_are_one_in_either_length(take) -> None:
    take("accounts", "id,name", "0013000000abcDE,Acme", system="salesforce")
    again = take("accounts", "id,name", "0013000000abcDEAAY,Acme AG", "0013000000abcdeAAY,Wrong", system="salesforce")

    assert counts(again) == [0, 1, 0, 1]
    assert problems(again) == [(3, "id", "bad_salesforce_id")]


def test_problems_can_be_opened_in_a_spreadsheet_without_running_anything(take) -> None:
    run = take(
        "accounts", 'id,name,"=cmd()"', 'A1,"=HYPERLINK(""x"")",', f"A2,{'x' * 201},", "A3,ok,", "A4,@SUM,", "A4,+1,"
    )
    said = io.StringIO()
    selectors.write_problems(run, said)

    lines = said.getvalue().splitlines()
    assert lines[0] == "Line,Column,Value,Problem,Code"
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "5", "6"]
    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line.split(","))


def test_an_upload_is_kept_looked_at_tried_out_and_then_taken_in(ada, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = io.BytesIO("\n".join(ACCOUNTS).encode())
    trial = start_run(kind=Kind.ACCOUNTS, file_name="a.csv", file=file, is_dry_run=True, by=ada, now=NOW)

    look = selectors.look_at(trial)
    suggested = proposed(selectors.columns_of("accounts"), look.heading)
    assert suggested == {"external_id": "id", "name": "name", "country": "country", "contract_date": "contract_date"}
    assert look.rows == (("A1", "Acme", "PT", "2025-01-31"), ("A2", "Beta", "IN", ""))

    run_import(run=trial, now=NOW, today=TODAY)
    real = run_import(run=repeat_for_real(run=trial, by=ada, now=NOW), now=NOW, today=TODAY)
    assert (trial.created, real.created, Account.objects.count()) == (2, 2, 2)
    assert list(selectors.runs(ada)) == [real, trial]


@pytest.mark.django_db(transaction=True)
def test_how_far_a_trial_is_can_be_seen_while_it_runs(take, small_chunks, monkeypatch) -> None:
    seen: list[tuple[int, int]] = []
    other = connection.copy()

    def look(**options: Any) -> list[Outcome]:
        with other.cursor() as cursor:
            cursor.execute("select rows_total, rows_done from integrations_importrun")
            seen.append(cursor.fetchone())
        return upsert(**options)

    upsert = book.upsert_accounts
    monkeypatch.setattr(book, "upsert_accounts", look)
    take("accounts", "id,name", *(f"A{n},Acme" for n in range(5)), is_dry_run=True)
    other.close()

    assert seen == [(5, 0), (5, 2), (5, 4)]
    assert not Account.objects.exists()


def test_the_columns_of_a_kind_can_be_asked_for() -> None:
    assert [column.field for column in selectors.columns_of("usage") if column.is_required] == ["subscription", "date"]


def test_the_two_spellings_of_a_salesforce_id_are_one_row_said_twice(take) -> None:
    lines = ("id,name", "0013000000abcDE,Acme", "0013000000abcDEAAY,Acme", "0013000000ABCde,Beta")

    run = take("accounts", *lines, system="salesforce")

    assert counts(run) == [2, 0, 1, 0]
    assert problems(run) == []
    assert set(Account.objects.values_list("name", flat=True)) == {"Acme", "Beta"}


def test_two_spellings_with_two_contents_contradict_each_other(take) -> None:
    run = take("accounts", "id,name", "0013000000abcDE,Acme", "0013000000abcDEAAY,Beta", system="salesforce")

    assert counts(run) == [0, 0, 0, 2]
