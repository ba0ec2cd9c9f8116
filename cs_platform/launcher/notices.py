"""
Print whose work an image carries, and under which licence: `notices.py NODE_MODULES VENV`. Standard library only.

Licences such as Apache-2.0 and OFL ask for it of whoever hands the work on.
"""

import json
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

LICENCE_FILES = ("LICENSE*", "LICENCE*", "NOTICE*", "COPYING*")


def npm_packages(node_modules: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield the title, the licence and the folder of each package."""
    for manifest in sorted([*node_modules.glob("*/package.json"), *node_modules.glob("@*/*/package.json")]):
        about = json.loads(manifest.read_text())
        yield f"{about['name']} {about['version']}", str(about.get("license", "see its files")), manifest.parent


def python_packages(venv: Path) -> Iterator[tuple[str, str, Path]]:
    for metadata in sorted(venv.glob("lib/python3*/site-packages/*.dist-info/METADATA")):
        about = HeaderParser().parsestr(metadata.read_text())
        licence = about["License-Expression"] or (about["License"] or "see its files").splitlines()[0]
        yield f"{about['Name']} {about['Version']}", licence, metadata.parent


def texts(folder: Path) -> Iterator[str]:
    for pattern in LICENCE_FILES:
        for path in sorted([*folder.glob(pattern), *folder.glob(f"licenses/**/{pattern}")]):
            yield path.read_text(errors="replace").strip()


def main(node_modules: Path, venv: Path) -> None:
    for title, licence, folder in (*npm_packages(node_modules), *python_packages(venv)):
        print(f"{'=' * 80}\n{title}: {licence}\n")
        for text in texts(folder):
            print(text, end="\n\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
