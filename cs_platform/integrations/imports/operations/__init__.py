from __future__ import annotations

from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import (
    AlreadyBegun,
    TooLarge,
    begin_run,
    prepare_again,
    prepare_run,
    repeat_for_real,
    start_run,
)

__all__ = [
    "AlreadyBegun",
    "TooLarge",
    "begin_run",
    "prepare_again",
    "prepare_run",
    "repeat_for_real",
    "run_import",
    "start_run",
]
