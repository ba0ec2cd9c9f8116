"""Whatever is sent, the answer is no failure of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.api.serializers import AccountUpsertRow
from accounts.models import Account
from contacts.api.serializers import ContactUpsertRow
from tests import factories

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["\0", "\ud800", "2026-02-30", "x" * 300, "A1", "gitlab_admin", "a@b.example", "Premium"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def bodies(serializer: Any) -> st.SearchStrategy[Any]:
    fields = st.sampled_from(sorted(serializer().get_fields()))
    return JSON | st.dictionaries(fields, JSON, max_size=5)


FUZZED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


@pytest.mark.parametrize(("noun", "serializer"), [("accounts", AccountUpsertRow), ("contacts", ContactUpsertRow)])
@pytest.mark.django_db
def test_no_body_is_answered_with_a_failure(ada, caller, noun, serializer) -> None:
    api = caller(ada)
    account = factories.account()
    factories.external_id(row=account, kind="account", name="A1", system="crm")

    @FUZZED
    @given(bodies(serializer), st.lists(bodies(serializer), max_size=3))
    def sends(body: Any, rows: Any) -> None:
        path = f"/api/v1/{noun}"
        single = api.generic("PUT", f"{path}/by-external/crm/X1", json.dumps(body), content_type="application/json")
        bulk = api.generic(
            "POST", f"{path}/bulk-upsert", json.dumps({"system": "crm", "rows": rows}), content_type="application/json"
        )
        assert single.status_code in (200, 201, 400), single.content
        assert bulk.status_code in (200, 400), bulk.content
        assert isinstance(single.json(), dict)

    sends()
    assert Account.objects.exists()


@pytest.mark.django_db
def test_a_body_of_lists_in_lists_is_answered_with_its_fault(ada, caller) -> None:
    body = "[" * 100_000

    answer = caller(ada).generic("PUT", "/api/v1/accounts/by-external/crm/A1", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize(
    "path", ["accounts/by-external/crm/%00", "accounts/by-external/crm/%ff", f"accounts/by-external/{'s' * 40}/A1"]
)
@pytest.mark.django_db
def test_no_path_is_answered_with_a_failure(ada, caller, path) -> None:
    api = caller(ada)

    assert api.get(f"/api/v1/{path}").status_code == 404
    assert api.send("PUT", path, {"name": "Acme"}).status_code in (201, 400)


@pytest.mark.django_db
def test_a_system_may_have_a_long_name(ada, caller) -> None:
    assert caller(ada).send("PUT", f"accounts/by-external/{'s' * 30}/A1", {"name": "Acme"}).status_code == 201
