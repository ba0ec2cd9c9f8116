"""The metrics over the API: the same figures as the pages, for whoever may read them."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Account
from tests import factories
from tests.metrics.web.builders import customers
from tests.metrics.worlds import moved

pytestmark = pytest.mark.django_db

YEAR = "since=2025-03-01&until=2026-02-28"
PATHS = ("metrics/retention", "metrics/time-to-value", "metrics/reasons")


def read(caller: Any, user: Any, path: str) -> dict[str, Any]:
    answer = caller(user, "metrics:read").get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_retention_is_told_with_its_sums_and_the_split(ada, caller) -> None:
    customers()

    body = read(caller, ada, f"metrics/retention?{YEAR}&level=account")

    assert body["months"][-1] == {
        "month_end": "2026-02-28", "arr_before": "6300.0000", "arr_kept": "4560.0000", "arr_after": "5610.0000",
        "gross": "0.723810", "net": "0.890476", "customers": 18, "customers_lost": 3, "logo_churn": "0.166667",
    }  # fmt: skip
    assert len(body["months"]) == 12
    assert [(each["reach"], each["customers"]) for each in body["by_reach"]] == [
        ("not_reached", 6), ("delivered", 6), ("clicked", 6),
    ]  # fmt: skip


def test_time_to_value_is_told_with_its_numerator_and_denominator(ada, caller) -> None:
    customers()

    body = read(caller, ada, f"metrics/time-to-value?{YEAR}&goal=first_value")

    assert (body["goal"], body["goal_days"], body["waiting_longer"]) == ("first_value", 30, 0)
    assert body["figure"] == {
        "median_days": 30, "within_goal": 9, "old_enough": 18, "share_within_goal": "0.500000", "reached": 18,
        "waiting": 0, "left": 0,
    }  # fmt: skip
    assert [each["month_start"] for each in body["months"]] == ["2025-04-01"]


def test_reasons_are_told_with_their_money_and_total_one(ada, caller) -> None:
    customers()

    body = read(caller, ada, f"metrics/reasons?{YEAR}")

    assert [(each["reason"], each["amount"]) for each in body["churn"]] == [
        ("Cancellation", "1200.0000"), ("Downgrades", "540.0000"),
    ]  # fmt: skip
    assert [(each["reason"], each["share"]) for each in body["losses"]] == [
        ("No budget", "0.750000"), ("Went Silent", "0.250000"),
    ]  # fmt: skip
    grouped = read(caller, ada, f"metrics/reasons?{YEAR}&reasons=grouped")
    assert [each["reason"] for each in grouped["losses"]] == ["Loss of Budget", "Lack of Engagement / Sponsor"]


def test_below_five_customers_there_are_sums_but_no_ratios(ada, caller) -> None:
    moved(100, 50)

    last = read(caller, ada, f"metrics/retention?{YEAR}")["months"][-1]

    assert (last["arr_before"], last["gross"], last["net"], last["logo_churn"]) == ("100.0000", None, None, None)


def test_a_caller_reads_what_their_user_may_see(ada, ben, caller) -> None:
    customers()
    Account.objects.filter(name__startswith="clicked").update(is_pubsec=True)

    read_by = [read(caller, user, f"metrics/retention?{YEAR}")["months"][-1]["customers"] for user in (ada, ben)]

    assert read_by == [18, 12]


@pytest.mark.parametrize("path", PATHS)
def test_a_token_for_accounts_reads_no_metrics(path, ada, eve, caller) -> None:
    for user, scope, code in ((ada, "accounts:read", "scope"), (eve, "metrics:read", "permission")):
        answer = caller(user, scope).get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, code)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("since=2026-13-01", "since", "invalid"),
        ("since=2026-02-01&until=2026-01-01", "since", "since_after_until"),
        ("level=planet", "level", "invalid_choice"),
        ("sgment=scale", "sgment", "unknown_field"),
    ],
)
def test_a_wrong_question_is_told_which_field_is_wrong(query, field, code, ada, caller) -> None:
    answer = caller(ada, "metrics:read").get(f"/api/v1/metrics/retention?{query}")

    assert answer.status_code == 400
    assert [(each["fields"], each["code"]) for each in answer.json()["errors"]] == [([field], code)]


def test_filters_and_the_instant_narrow_what_is_counted(ada, caller) -> None:
    customers(segment="scale")
    moved(1_000, 10, account=factories.account(segment="tech_touch"))

    def before(more: str) -> str:
        return read(caller, ada, f"metrics/retention?{YEAR}{more}")["months"][-1]["arr_before"]

    assert (before(""), before("&segment=scale")) == ("7300.0000", "6300.0000")
    assert before("&known_at=2019-01-01T00:00:00Z") == "0.0000"
