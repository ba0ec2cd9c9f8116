from __future__ import annotations

from cs_platform.demo.world.operations.base import build_base
from cs_platform.demo.world.operations.days import live_one_day

__all__ = ["build_base", "live_one_day"]
