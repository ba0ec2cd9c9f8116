from __future__ import annotations

from accounts.book.operations.accounts import (
    AccountFacts,
    BadFact,
    StageDoesNotFollow,
    assign_csm,
    assign_csms,
    change_account,
    change_stage,
    open_account,
    undo_change,
)
from accounts.book.operations.hierarchy import HierarchyLoop, lock_accounts, refresh_tops, set_parents
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
    "lock_accounts",
    "open_account",
    "refresh_tops",
    "set_parents",
    "undo_change",
    "upsert_accounts",
]
