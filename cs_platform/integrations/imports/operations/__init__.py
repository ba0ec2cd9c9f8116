from __future__ import annotations

from cs_platform.integrations.imports.operations.interrupted import left_behind
from cs_platform.integrations.imports.operations.old_files import forget_old_files
from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import (
    AlreadyBegun,
    AlreadyTakenIn,
    TooLarge,
    begin_run,
    prepare_again,
    prepare_run,
    repeat_for_real,
    start_run,
)

__all__ = [
    "AlreadyBegun",
    "AlreadyTakenIn",
    "TooLarge",
    "begin_run",
    "forget_old_files",
    "left_behind",
    "prepare_again",
    "prepare_run",
    "repeat_for_real",
    "run_import",
    "start_run",
]
