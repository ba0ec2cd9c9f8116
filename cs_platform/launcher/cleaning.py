"""Remove what Keel made in this folder. Standard library only."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import places
from .places import ROOT

MADE = (".venv", "frontend/node_modules", "frontend/dist", "tests/browser/node_modules", "staticfiles", ".stamps")
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")


def forget_packages(stamps: Path) -> None:
    """Forget what was installed into a virtual environment that is about to be made anew."""
    for stamp in stamps.iterdir():
        if stamp.name != "lock":
            stamp.unlink()


def clean() -> int:
    """Remove everything that was made here, with the data in var/; other data directories stay."""
    home = places.home(str(ROOT / "var"))
    for one in (home, places.home(str(home.root / "test"))):
        if one.run.exists():
            with places.held(one):
                pass
    for name in (*MADE, *CACHES, "var"):
        if (ROOT / name).exists():
            shutil.rmtree(ROOT / name)
            print(f"Removed {name}", flush=True)
    return 0
