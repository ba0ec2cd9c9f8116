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
    """
    Remove everything that was made here, with the demo in var/.

    An installation that began empty stays: what is in it was typed, and nothing makes that again. So do other data
    directories.
    """
    home = places.home(str(ROOT / "var"))
    for lock in home.root.glob("**/run/lock"):
        with places.held(places.home(str(lock.parent.parent))):
            pass
    is_typed = places.read(home.root / "installation.json").get("customers") == "none"
    for name in (*MADE, *CACHES, *([] if is_typed else ["var"])):
        if (ROOT / name).exists():
            shutil.rmtree(ROOT / name)
            print(f"Removed {name}", flush=True)
    if is_typed:
        print("Kept var: it holds an installation of your own. Remove it by hand if you are done with it.", flush=True)
    return 0
