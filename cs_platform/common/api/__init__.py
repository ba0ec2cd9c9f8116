"""
What every room's part of the API has in common: errors, bulk answers and pages of changes.

Everything a caller needs stands in the body: Salesforce flows see neither headers nor empty answers.
"""

from __future__ import annotations

from cs_platform.common.api.bodies import Choice, OutsideName, Strict, optional_text, understood
from cs_platform.common.api.bulk import MOST_ROWS, BulkAnswer, take_rows
from cs_platform.common.api.feeds import ChangesQuery, answer_changes, filter_parameters, filtered
from cs_platform.common.api.problems import NOT_FOUND, PROBLEMS, ErrorAnswer, NoSuchPlace, only, problem

__all__ = [
    "MOST_ROWS",
    "NOT_FOUND",
    "PROBLEMS",
    "BulkAnswer",
    "ChangesQuery",
    "Choice",
    "ErrorAnswer",
    "NoSuchPlace",
    "OutsideName",
    "Strict",
    "answer_changes",
    "filter_parameters",
    "filtered",
    "only",
    "optional_text",
    "problem",
    "take_rows",
    "understood",
]
