from __future__ import annotations

import ast
from pathlib import Path

import pytest

from launcher import places, prepare

SOURCE = Path(prepare.__file__).read_text()


def test_an_old_python_can_read_the_first_file() -> None:
    assert ast.parse(SOURCE, feature_version=(3, 6)).body


def test_the_first_file_asks_nothing_of_an_old_python_but_to_read_it() -> None:
    assert "from __future__" not in SOURCE
    assert [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.JoinedStr | ast.NamedExpr)] == []


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 9, 2), (3, 10, 14)])
def test_an_old_python_is_told_which_one_is_needed(version: tuple[int, int, int]) -> None:
    said = prepare.sentence_about_python(version)

    assert said.startswith(f"Keel needs Python 3.11 or newer and this is Python {version[0]}.{version[1]}; install")


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 4), (4, 0, 0)])
def test_a_newer_python_is_told_nothing(version: tuple[int, int, int]) -> None:
    assert prepare.sentence_about_python(version) is None


@pytest.mark.parametrize("name", ["places", "ports", "preparation", "recipe", "sentences", "steps", "prepare"])
def test_what_runs_before_the_packages_needs_none_of_them(name: str) -> None:
    tree = ast.parse((places.ROOT / "launcher" / f"{name}.py").read_text())
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}

    foreign = {"django", "psutil", "psycopg2", "redis", "celery", "cs_platform", "demo", "aiosmtpd"}
    assert {module.split(".")[0] for module in named} & foreign == set()
