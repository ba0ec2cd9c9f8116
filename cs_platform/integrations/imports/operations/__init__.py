from __future__ import annotations

from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import TooLarge, repeat_for_real, start_run

__all__ = ["TooLarge", "repeat_for_real", "run_import", "start_run"]
