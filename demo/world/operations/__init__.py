from __future__ import annotations

from demo.world.operations.base import build_base
from demo.world.operations.days import live_one_day
from demo.world.operations.team import change_password

__all__ = ["build_base", "change_password", "live_one_day"]
