from __future__ import annotations

from accounts.book.operations.accounts import (
    AccountFacts,
    BadFact,
    HierarchyLoop,
    StageDoesNotFollow,
    assign_csm,
    assign_csms,
    change_account,
    change_stage,
    open_account,
    refresh_tops,
    set_parents,
    undo_change,
)
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
    "open_account",
    "refresh_tops",
    "set_parents",
    "undo_change",
    "upsert_accounts",
]
