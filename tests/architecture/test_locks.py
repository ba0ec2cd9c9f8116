"""What is installed is pinned by content, and no lock says where from."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture import tree

REQUIREMENTS = sorted(tree.ROOT.glob("requirements*.txt"))
NPM_LOCKS = [tree.ROOT / "frontend" / "package-lock.json", tree.ROOT / "tests" / "browser" / "package-lock.json"]
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[[a-z,]+\])?==(?P<version>[^ ]+)( ; [^\\]+)? \\$")
# Addresses of registries, and of the places where somebody's checkout may lie.
PLACES = re.compile(r"registry\.npm|pypi\.org|pythonhosted|/opt/(pypi|wheels)|(?<![\w.<])/(root|work)/[a-z]")


def pins(path: Path) -> dict[str, str]:
    found = (PIN.match(line) for line in path.read_text().splitlines())
    return {match["name"]: match["version"] for match in found if match}


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_python_package_is_pinned_with_hashes_and_nothing_else(path: Path) -> None:
    lines = path.read_text().splitlines()
    others = [
        line for line in lines if not PIN.match(line) and not re.match(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$", line)
    ]

    assert pins(path)
    assert others == []


def test_what_is_developed_with_is_what_runs() -> None:
    running, developing = pins(tree.ROOT / "requirements.txt"), pins(tree.ROOT / "requirements-dev.txt")

    assert {name: version for name, version in developing.items() if running.get(name, version) != version} == {}


@pytest.mark.parametrize("path", sorted(tree.ROOT.glob("requirements*.in")), ids=lambda path: path.name)
def test_every_wish_is_in_the_lock(path: Path) -> None:
    wishes = re.findall(r"^([A-Za-z0-9._-]+)", path.read_text(), flags=re.MULTILINE)
    locked = pins(path.with_suffix(".txt"))

    assert [wish for wish in wishes if not wish.startswith("-") and wish.lower() not in locked] == []


@pytest.mark.parametrize("path", NPM_LOCKS, ids=tree.name_of)
def test_an_npm_lock_names_no_address_and_has_every_content_hash(path: Path) -> None:
    packages = {name: entry for name, entry in json.loads(path.read_text())["packages"].items() if name}

    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry and not entry.get("inBundle")] == []


@pytest.mark.parametrize("path", NPM_LOCKS, ids=tree.name_of)
def test_an_npm_lock_holds_the_binaries_of_every_machine(path: Path) -> None:
    """npm can write a lock without the optional binaries that its own `npm ci` then misses."""
    packages = json.loads(path.read_text())["packages"]
    wanted = {name for entry in packages.values() for name in entry.get("optionalDependencies", {})}
    present = {name.rpartition("node_modules/")[2] for name, entry in packages.items() if "version" in entry}

    assert wanted - present == set()


@pytest.mark.parametrize("path", [lock.with_name("package.json") for lock in NPM_LOCKS], ids=tree.name_of)
def test_every_npm_package_is_wished_for_by_its_exact_version(path: Path) -> None:
    wishes = json.loads(path.read_text())["dependencies"]

    assert {name: version for name, version in wishes.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}


@pytest.mark.skipif(not (tree.ROOT / ".git").exists(), reason="this is no git checkout")
def test_no_committed_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    # Whoever owns the checkout, we only list its files.
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(listing, cwd=tree.ROOT, capture_output=True, text=True, check=True).stdout
    here = tree.name_of(Path(__file__))

    found = [name for name in listed.split("\0") if name and name != here and PLACES.search(text_of(tree.ROOT / name))]

    assert found == []


def text_of(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""
