import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import BooleanField, Case, Value, When
from hypothesis import given
from hypothesis import strategies as st

from accounts.book.models import Account
from accounts.segments import fields, operations, selectors
from accounts.segments.models import Segment
from accounts.segments.rules import OPERATORS, BadCondition, FieldKind, FieldSpec, Op, judge, parse
from tests import factories
from tests.factories import TODAY

DAY = dt.timedelta(days=1)
WORDS = ["Retail", "retail", "Banking & Co", "%", "O'Hara"]
PRODUCTS = ["Premium", "Ultimate", "Duo"]


def keys_of(condition: Any, **within: Any) -> set[str]:
    return set(selectors.accounts_matching(condition, today=TODAY, **within).values_list("name", flat=True))


def leaf_of(spec: FieldSpec) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(OPERATORS[spec.kind])).flatmap(lambda op: _with_value(spec, op))


def _with_value(spec: FieldSpec, op: Op) -> st.SearchStrategy[dict[str, Any]]:
    leaf = {"field": spec.key, "op": op.value}
    if op in (Op.IS_SET, Op.IS_NOT_SET):
        return st.just(leaf)
    if op == Op.OLDER_THAN_DAYS:
        return st.integers(0, 400).map(lambda days: {**leaf, "value": days})
    if op == Op.WITHIN_DAYS:
        return st.integers(-400, 400).map(lambda days: {**leaf, "value": days})
    one = _value(spec)
    if op in (Op.IN, Op.NOT_IN):
        return st.lists(one, min_size=1, max_size=3).map(lambda values: {**leaf, "value": values})
    if op == Op.BETWEEN:
        return st.lists(one, min_size=2, max_size=2).map(lambda pair: {**leaf, "value": sorted(pair)})
    return one.map(lambda value: {**leaf, "value": value})


def _value(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.choices:
        return st.sampled_from([value for value, _ in spec.choices])
    if spec.kind == FieldKind.FLAG:
        return st.booleans()
    if spec.kind == FieldKind.DATE:
        return st.integers(-400, 400).map(lambda days: (TODAY + days * DAY).isoformat())
    if spec.kind in (FieldKind.NUMBER, FieldKind.MONEY):
        return st.sampled_from([-1, 0, 1, 2, 2.5, 10, 1000, 1000.00005, 99999999999])
    return st.sampled_from(PRODUCTS if spec.kind == FieldKind.MULTI else WORDS)


LEAVES = st.sampled_from(list(selectors.specs().values())).flatmap(leaf_of)
CONDITIONS = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3).map(lambda several: {"all": several}),
        st.lists(parts, min_size=1, max_size=3).map(lambda several: {"any": several}),
        parts.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


@pytest.fixture
def varied(db) -> list[Account]:
    """Return accounts that differ in every field, with values missing here and there."""
    csm = factories.user(email="csm@keel.example")
    made = [factories.account(name=name) for name in (*WORDS, "Account")]
    for number, account in enumerate(made):
        changes: dict[str, Any] = {
            "industry": ["", *WORDS][number],
            "products": [[], ["Premium"], ["Duo", "Ultimate"]][number % 3],
            "priority": [None, 1, 2, 4][number % 4],
            "arr": [Decimal(0), Decimal("1000.0000"), Decimal("1000.0001")][number % 3],
            "seats": number * 5,
            "csm": csm if number % 2 else None,
            "parent": made[0] if number > 3 else None,
            "is_pubsec": number % 3 == 0,
            "contract_date": [None, TODAY, TODAY - 100 * DAY, TODAY + 30 * DAY][number % 4],
            "renewal_date": [TODAY + 399 * DAY, None][number % 2],
            "segment": ["tech_touch", "scale", "csm_managed"][number % 3],
            "stage": ["onboarding", "adoption", "churned"][number % 3],
            "switched_off": [[], ["survey"]][number % 2],
        }
        Account.objects.filter(pk=account.pk).update(**changes)
    return made


@pytest.fixture(scope="module")
def seen() -> dict[str, int]:
    return {"some": 0, "all or none": 0}


def test_sql_and_the_judge_agree_on_any_condition(varied, seen) -> None:
    numbers = [account.pk for account in varied]
    facts = selectors.facts_of(numbers, selectors.specs(), today=TODAY)

    @given(CONDITIONS)
    def agree(condition: dict[str, Any]) -> None:
        parsed = parse(condition, selectors.specs())
        judged = {number for number in numbers if judge(parsed, facts[number], today=TODAY)}
        assert set(selectors.accounts_matching(condition, today=TODAY).values_list("pk", flat=True)) == judged
        seen["some" if 0 < len(judged) < len(numbers) else "all or none"] += 1

    agree()
    # A test in which every condition holds of everybody or nobody would prove little.
    assert seen["some"] > 5


@pytest.mark.parametrize("key", sorted(selectors.specs()))
def test_every_field_can_be_asked_with_all_its_operators(varied, key) -> None:
    spec = selectors.specs()[key]
    facts = selectors.facts_of([account.pk for account in varied], [key], today=TODAY)
    asked = _examples(spec)

    assert {leaf["op"] for leaf in asked} == {op.value for op in spec.allowed}
    for condition in asked:
        parsed = parse(condition, selectors.specs())
        judged = {account.name for account in varied if judge(parsed, facts[account.pk], today=TODAY)}
        assert keys_of(condition) == judged, condition


def _examples(spec: FieldSpec) -> list[dict[str, Any]]:
    one: Any = {
        FieldKind.NUMBER: 2, FieldKind.MONEY: 1000, FieldKind.FLAG: True, FieldKind.DATE: TODAY.isoformat(),
        FieldKind.MULTI: "Premium",
    }.get(spec.kind, spec.choices[0][0] if spec.choices else "Retail")  # fmt: skip
    values = {Op.IN: [one], Op.NOT_IN: [one], Op.BETWEEN: [one, one], Op.OLDER_THAN_DAYS: 30, Op.WITHIN_DAYS: -30}
    nothing = (Op.IS_SET, Op.IS_NOT_SET)
    return [
        {"field": spec.key, "op": op.value} | ({} if op in nothing else {"value": values.get(op, one)})
        for op in spec.allowed
    ]


@pytest.mark.django_db
def test_a_condition_narrows_what_it_is_given(ben) -> None:
    factories.account(name="Seen")
    factories.account(name="Hidden", is_pubsec=True)

    assert keys_of({}, within=Account.objects.for_viewer(ben)) == {"Seen"}
    assert keys_of({}) == {"Seen", "Hidden"}


@pytest.mark.django_db
def test_a_room_above_can_add_a_field(monkeypatch) -> None:
    monkeypatch.setattr(fields, "_fields", dict(fields.fields()))
    spec = FieldSpec("starts_with_a", "Starts with A", FieldKind.FLAG)
    starts = Case(When(name__startswith="A", then=Value(True)), default=Value(False), output_field=BooleanField())
    fields.register_field(spec, lambda _today: starts)
    factories.account(name="Acme")
    factories.account(name="Beta")

    assert keys_of({"field": "starts_with_a", "op": "eq", "value": False}) == {"Beta"}


@pytest.mark.django_db
def test_a_segment_is_kept_in_canonical_form(ada) -> None:
    condition = {"all": [{"field": "segment", "op": "in", "value": ["scale"]}]}

    saved = operations.save_segment(name="Scale", condition=condition, owner=ada)

    assert Segment.objects.get().condition == {"field": "segment", "op": "eq", "value": "scale"}
    assert selectors.wording(saved.condition) == "Segment is Scale"


@pytest.mark.django_db
def test_a_segment_cannot_be_saved_with_a_bad_condition_or_a_taken_name(ada) -> None:
    operations.save_segment(name="All", condition={}, owner=ada)

    with pytest.raises(BadCondition, match="Unknown field"):
        operations.save_segment(name="Odd", condition={"field": "mood", "op": "eq", "value": "x"}, owner=ada)
    with pytest.raises(operations.NameTaken):
        operations.save_segment(name="All", condition={}, owner=ada)
