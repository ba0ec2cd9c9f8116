"""Reading, writing and wording conditions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounts.segments.rules import (
    EVERYBODY,
    OPERATORS,
    AnyOf,
    BadCondition,
    FieldKind,
    FieldSpec,
    Leaf,
    Not,
    Op,
    canonical,
    fields_of,
    parse,
    sentence,
)

SPECS = [
    FieldSpec(
        "segment",
        "Segment",
        FieldKind.CHOICE,
        (("tech_touch", "Tech Touch"), ("scale", "Scale"), ("csm_managed", "CSM-Managed")),
    ),
    FieldSpec("name", "Name", FieldKind.TEXT),
    FieldSpec("seats", "Seats", FieldKind.NUMBER),
    FieldSpec("arr", "ARR", FieldKind.MONEY),
    FieldSpec("renewal_date", "Renewal date", FieldKind.DATE),
    FieldSpec("is_pubsec", "PubSec", FieldKind.FLAG),
    FieldSpec("roles", "GitLab Role", FieldKind.MULTI, (("gitlab_admin", "GitLab Admin"),)),
    FieldSpec("country", "Country", FieldKind.TEXT, operators=frozenset({Op.IN})),
]
FIELDS = {spec.key: spec for spec in SPECS}


def leaf(field: str, op: str, *value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value[0]} if value else {"field": field, "op": op}


DIGITAL = leaf("segment", "in", ["tech_touch", "scale"])
NOT_PUBSEC = leaf("is_pubsec", "eq", False)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, EVERYBODY),
        ({"all": []}, EVERYBODY),
        (leaf("segment", "eq", "scale"), Leaf("segment", Op.EQ, "scale")),
        (leaf("seats", "gte", 10), Leaf("seats", Op.GTE, Decimal(10))),
        (leaf("seats", "lt", 0.75), Leaf("seats", Op.LT, Decimal("0.75"))),
        (leaf("arr", "between", ["100.50", 200]), Leaf("arr", Op.BETWEEN, (Decimal("100.50"), Decimal(200)))),
        (leaf("renewal_date", "gt", "2026-01-31"), Leaf("renewal_date", Op.GT, dt.date(2026, 1, 31))),
        (leaf("renewal_date", "within_days", -30), Leaf("renewal_date", Op.WITHIN_DAYS, -30)),
        (leaf("roles", "contains", "gitlab_admin"), Leaf("roles", Op.CONTAINS, "gitlab_admin")),
        (leaf("roles", "is_not_set"), Leaf("roles", Op.IS_NOT_SET)),
        (leaf("roles", "is_set", None), Leaf("roles", Op.IS_SET)),
        (
            {"any": [DIGITAL, {"not": NOT_PUBSEC}]},
            AnyOf((Leaf("segment", Op.IN, ("tech_touch", "scale")), Not(Leaf("is_pubsec", Op.EQ, False)))),
        ),
    ],
)
def test_a_condition_is_read(raw: object, expected: object) -> None:
    assert parse(raw, FIELDS) == expected


@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        (None, "", "must be an object"),
        ([], "", "must be an object"),
        ("segment", "", "must be an object"),
        ({"some": []}, "", "exactly one of"),
        ({"all": [], "any": [NOT_PUBSEC]}, "", "exactly one of"),
        ({"all": {}}, "all", "list of conditions"),
        ({"any": []}, "any", "at least one condition"),
        ({"all": [DIGITAL, 5]}, "all[1]", "must be an object"),
        ({"not": {"any": [leaf("x", "eq", 1)]}}, "not.any[0].field", "Unknown field 'x'"),
        ({"field": 5, "op": "eq", "value": 1}, "field", "Unknown field 5"),
        ({"field": ["segment"], "op": "eq", "value": 1}, "field", "Unknown field"),
        ({**DIGITAL, "note": "x"}, "note", "only field, op and value"),
        ({"field": "segment"}, "op", "Unknown operator None"),
        (leaf("segment", "resembles", "scale"), "op", "Unknown operator 'resembles'"),
        (leaf("segment", "lt", "scale"), "op", "Use one of eq, ne, in, not_in, is_set, is_not_set"),
        (leaf("roles", "eq", "gitlab_admin"), "op", "Use one of contains, is_set, is_not_set"),
        (leaf("country", "is_set"), "op", "Use one of eq, ne, in, not_in"),
        (leaf("segment", "eq"), "value", "required"),
        (leaf("roles", "is_set", "x"), "value", "takes no value"),
        (leaf("segment", "eq", "Scale"), "value", "Use one of tech_touch, scale, csm_managed"),
        (leaf("segment", "in", []), "value", "at least one"),
        (leaf("segment", "in", "scale"), "value", "at least one"),
        (leaf("segment", "in", ["scale", "x"]), "value[1]", "'x' isn't a value"),
        (leaf("segment", "in", ["scale"] * 501), "value", "more than 500"),
        (leaf("name", "eq", " "), "value", "can't be empty"),
        (leaf("name", "eq", 5), "value", "can't be empty"),
        (leaf("name", "eq", "x" * 201), "value", "at most 200"),
        (leaf("name", "eq", "a\x00b"), "value", "printable characters"),
        (leaf("seats", "eq", True), "value", "Must be a number"),
        (leaf("seats", "eq", None), "value", "Must be a number"),
        (leaf("seats", "eq", "ten"), "value", "'ten' isn't a number"),
        (leaf("seats", "eq", float("nan")), "value", "out of range"),
        (leaf("seats", "eq", float("inf")), "value", "out of range"),
        (leaf("seats", "eq", "1e400"), "value", "out of range"),
        (leaf("seats", "eq", "9" * 41), "value", "too long"),
        (leaf("seats", "eq", 10**5000), "value", "out of range"),
        (leaf("seats", "eq", 0.1234567), "value", "more than 6 decimals"),
        (leaf("arr", "between", [1]), "value", "two values"),
        (leaf("arr", "between", [2, 1]), "value", "lower value must come first"),
        (leaf("arr", "between", [1, "x"]), "value[1]", "isn't a number"),
        (leaf("renewal_date", "eq", "31.1.2026"), "value", "such as 2026-01-31"),
        (leaf("renewal_date", "eq", "2026-02-30"), "value", "such as 2026-01-31"),
        (leaf("renewal_date", "eq", 20260131), "value", "such as 2026-01-31"),
        (leaf("renewal_date", "older_than_days", -1), "value", "from 0 to"),
        (leaf("renewal_date", "within_days", 1.5), "value", "whole number of days"),
        (leaf("renewal_date", "within_days", True), "value", "whole number of days"),
        (leaf("renewal_date", "within_days", 99_999), "value", "whole number of days"),
        (leaf("is_pubsec", "eq", "yes"), "value", "true or false"),
        (leaf("is_pubsec", "eq", 1), "value", "true or false"),
    ],
)
def test_a_bad_condition_names_the_place_and_the_problem(raw: object, path: str, message: str) -> None:
    with pytest.raises(BadCondition) as refusal:
        parse(raw, FIELDS)
    assert refusal.value.path == path
    assert message in refusal.value.message


def test_conditions_nested_too_deep_or_too_large_are_refused() -> None:
    deep: dict[str, object] = dict(NOT_PUBSEC)
    for _ in range(7):
        deep = {"not": deep}
    assert parse(deep, FIELDS)
    for _ in range(2000):
        deep = {"not": deep}
    with pytest.raises(BadCondition, match="nested more than 8"):
        parse(deep, FIELDS)
    with pytest.raises(BadCondition, match="more than 200"):
        parse({"all": [NOT_PUBSEC] * 201}, FIELDS)
    with pytest.raises(BadCondition, match="more than 200"):
        parse({"all": [{"any": [NOT_PUBSEC] * 150}] * 2}, FIELDS)


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ({}, {"all": []}),
        ({"all": [DIGITAL]}, leaf("segment", "in", ["scale", "tech_touch"])),
        ({"all": [NOT_PUBSEC, NOT_PUBSEC]}, NOT_PUBSEC),
        ({"all": [{"all": [NOT_PUBSEC]}, {"any": [{"all": [NOT_PUBSEC]}]}]}, NOT_PUBSEC),
        (leaf("segment", "in", ["scale", "scale"]), leaf("segment", "eq", "scale")),
        (leaf("segment", "not_in", ["scale"]), leaf("segment", "ne", "scale")),
        ({"not": leaf("segment", "in", ["scale"])}, leaf("segment", "ne", "scale")),
        ({"not": {"not": DIGITAL}}, leaf("segment", "in", ["scale", "tech_touch"])),
        ({"not": {"all": [{"not": NOT_PUBSEC}]}}, NOT_PUBSEC),
        ({"not": leaf("roles", "is_set")}, leaf("roles", "is_not_set")),
        ({"not": leaf("seats", "lt", 5)}, {"not": leaf("seats", "lt", 5)}),
        (
            {"not": {"any": [NOT_PUBSEC, leaf("seats", "lt", 5)]}},
            {"not": {"any": [NOT_PUBSEC, leaf("seats", "lt", 5)]}},
        ),
        (leaf("seats", "lt", "0.750"), leaf("seats", "lt", 0.75)),
        (leaf("seats", "lt", 5.0), leaf("seats", "lt", 5)),
        (leaf("seats", "lt", "10000000000000.000001"), leaf("seats", "lt", "10000000000000.000001")),
        (leaf("arr", "between", [1, "2.50"]), leaf("arr", "between", [1, 2.5])),
        (leaf("renewal_date", "lt", "2026-01-31"), leaf("renewal_date", "lt", "2026-01-31")),
    ],
)
def test_a_condition_has_one_canonical_form(raw: object, written: object) -> None:
    assert canonical(parse(raw, FIELDS)) == written


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "All accounts"),
        (leaf("segment", "eq", "scale"), "Segment is Scale"),
        (leaf("segment", "ne", "scale"), "Segment is not Scale"),
        (DIGITAL, "Segment is Tech Touch or Scale"),
        (leaf("segment", "not_in", ["tech_touch", "scale"]), "Segment is none of Tech Touch and Scale"),
        ({"all": [DIGITAL, NOT_PUBSEC]}, "(Segment is Tech Touch or Scale) and PubSec is no"),
        (
            {"any": [leaf("is_pubsec", "eq", True), leaf("seats", "gte", 1000)]},
            "PubSec is yes or Seats is at least 1,000",
        ),
        (
            {"all": [NOT_PUBSEC, {"any": [NOT_PUBSEC, DIGITAL]}]},
            "PubSec is no and (PubSec is no or (Segment is Tech Touch or Scale))",
        ),
        ({"not": leaf("seats", "lt", 5)}, "not (Seats is below 5)"),
        (leaf("arr", "between", [1000, "2500.50"]), "ARR is from 1,000 to 2,500.5"),
        (leaf("roles", "contains", "gitlab_admin"), "GitLab Role includes GitLab Admin"),
        (leaf("roles", "is_not_set"), "GitLab Role is not set"),
        (leaf("renewal_date", "lte", "2026-01-31"), "Renewal date is on or before 2026-01-31"),
        (leaf("renewal_date", "eq", "2026-01-31"), "Renewal date is on 2026-01-31"),
        (leaf("renewal_date", "older_than_days", 1), "Renewal date is more than 1 day ago"),
        (leaf("renewal_date", "within_days", 120), "Renewal date is within the next 120 days"),
        (leaf("renewal_date", "within_days", -1), "Renewal date is within the last 1 day"),
        (leaf("renewal_date", "within_days", 0), "Renewal date is today"),
        (leaf("name", "in", ["A", "B", "C"]), "Name is A, B or C"),
        (leaf("name", "not_in", ["A"]), "Name is not A"),
        ({"all": [leaf("name", "in", ["A"]), NOT_PUBSEC]}, "Name is A and PubSec is no"),
        ({"any": [{"all": [NOT_PUBSEC]}, NOT_PUBSEC]}, "PubSec is no or PubSec is no"),
    ],
)
def test_a_condition_is_put_into_words(raw: object, words: str) -> None:
    assert sentence(parse(raw, FIELDS), FIELDS) == words


def test_a_field_that_is_gone_is_named_by_its_key() -> None:
    assert sentence(parse(DIGITAL, FIELDS), {}) == "segment is tech_touch or scale"


def test_the_fields_of_a_condition_are_known() -> None:
    assert fields_of(parse({"all": [DIGITAL, {"not": {"any": [NOT_PUBSEC]}}]}, FIELDS)) == {"segment", "is_pubsec"}
    assert fields_of(EVERYBODY) == frozenset()


def test_a_field_may_narrow_its_operators_but_not_part_opposites() -> None:
    assert FIELDS["country"].allowed == {Op.EQ, Op.NE, Op.IN, Op.NOT_IN}
    assert FIELDS["seats"].allowed == OPERATORS[FieldKind.NUMBER]
    narrowed = FieldSpec("x", "X", FieldKind.NUMBER, operators=frozenset({Op.LT, Op.IS_SET, Op.CONTAINS}))
    assert narrowed.allowed == {Op.LT, Op.IS_SET, Op.IS_NOT_SET}
