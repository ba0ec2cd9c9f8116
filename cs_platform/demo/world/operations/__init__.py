from __future__ import annotations

from cs_platform.demo.world.operations.base import build_base
from cs_platform.demo.world.operations.days import live_one_day
from cs_platform.demo.world.operations.team import change_password

__all__ = ["build_base", "change_password", "live_one_day"]
