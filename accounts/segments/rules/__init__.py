"""
The one language for "which ones": audiences, branches, reports.

A condition is JSON: {"all": [...]}, {"any": [...]}, {"not": {...}} or {"field": ..., "op": ..., "value": ...}. Here it
is read, checked, brought into its one canonical form, put into words and judged; `selectors` puts it into SQL and must
agree with `judge`.
"""

from __future__ import annotations

from accounts.segments.rules.conditions import (
    EVERYBODY,
    OPERATORS,
    AllOf,
    AnyOf,
    BadCondition,
    Condition,
    FieldKind,
    FieldSpec,
    Leaf,
    Not,
    Op,
    Value,
    fields_of,
)
from accounts.segments.rules.judging import judge
from accounts.segments.rules.parsing import canonical, parse
from accounts.segments.rules.wording import sentence

__all__ = [
    "EVERYBODY",
    "OPERATORS",
    "AllOf",
    "AnyOf",
    "BadCondition",
    "Condition",
    "FieldKind",
    "FieldSpec",
    "Leaf",
    "Not",
    "Op",
    "Value",
    "canonical",
    "fields_of",
    "judge",
    "parse",
    "sentence",
]
