from __future__ import annotations

from accounts.book.operations.accounts import (
    AccountFacts,
    BadFact,
    StageDoesNotFollow,
    change_account,
    change_stage,
    open_account,
)
from accounts.book.operations.csm import assign_csm, assign_csms
from accounts.book.operations.hierarchy import HierarchyLoop, refresh_tops, set_parents
from accounts.book.operations.outside import found_by, name_outside, outside_name, referred, spelled
from accounts.book.operations.upserts import AccountRow, upsert_accounts

__all__ = [
    "AccountFacts",
    "AccountRow",
    "BadFact",
    "HierarchyLoop",
    "StageDoesNotFollow",
    "assign_csm",
    "assign_csms",
    "change_account",
    "change_stage",
    "found_by",
    "name_outside",
    "open_account",
    "outside_name",
    "referred",
    "refresh_tops",
    "set_parents",
    "spelled",
    "upsert_accounts",
]
