import re

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from openapi_spec_validator import validate

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(ada) -> dict:
    return Client().get("/api/v1/openapi.json").json()


def operations(schema: dict) -> list[dict]:
    return [operation for path in schema["paths"].values() for operation in path.values()]


def test_the_description_is_valid_openapi_3_0(schema) -> None:
    validate(schema)
    assert schema["openapi"].startswith("3.0.")


def test_nothing_in_it_was_guessed(schema) -> None:
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        SchemaGenerator().get_schema(request=None, public=True)
        assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})


def test_salesforce_can_import_it(schema) -> None:
    """External Services wants names that are Apex identifiers, and cuts descriptions at 1,333 characters."""
    names = [operation["operationId"] for operation in operations(schema)]

    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", name) for name in names)
    assert len(set(names)) == len(names) > 10
    assert all(len(operation.get("description", "")) <= 1333 for operation in operations(schema))
    assert "discriminator" not in str(schema)


def test_every_operation_wants_a_token_and_answers_with_a_body(schema) -> None:
    for operation in operations(schema):
        assert {"token": []} in operation["security"]
        for status, answer in operation["responses"].items():
            assert answer["content"], (operation["operationId"], status)


def test_errors_are_described_as_the_problems_they_are(schema, ada, caller) -> None:
    answer = caller(ada).get("/api/v1/accounts?limit=none")

    described = schema["paths"]["/api/v1/accounts"]["get"]["responses"]["400"]["content"]
    assert list(described) == [answer["Content-Type"]] == ["application/problem+json"]
