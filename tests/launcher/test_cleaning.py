from __future__ import annotations

from pathlib import Path

import pytest

from launcher import cleaning, places, sentences
from launcher.places import Home


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that looks as if Keel had been prepared and run there."""
    for name in (".venv/bin", ".stamps", "staticfiles", "frontend/dist", "frontend/src", "accounts", "var/run"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(cleaning, "ROOT", tmp_path)
    return tmp_path


def test_it_removes_what_was_made_and_leaves_what_was_written(root: Path) -> None:
    assert cleaning.clean() == 0

    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == [
        "accounts",
        "frontend",
        "frontend/src",
    ]


def test_what_was_typed_into_an_installation_stays(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places.write_private(root / "var" / "installation.json", {"customers": "none"})

    assert cleaning.clean() == 0

    assert (root / "var" / "run").exists()
    assert not (root / ".venv").exists()
    assert "Kept var" in capsys.readouterr().out


def test_the_customers_of_a_demo_go(root: Path) -> None:
    places.write_private(root / "var" / "installation.json", {"customers": "loaded"})

    cleaning.clean()

    assert not (root / "var").exists()


@pytest.mark.parametrize("name", ["test", "test/1", "bench"])
def test_it_removes_nothing_while_tests_or_measurements_run(root: Path, name: str) -> None:
    (root / "var" / name / "run").mkdir(parents=True)

    with places.held(Home(root / "var" / name)), pytest.raises(sentences.CannotGoOn, match="already running"):
        cleaning.clean()

    assert (root / ".venv" / "bin").exists()


def test_it_removes_nothing_while_the_product_runs(root: Path) -> None:
    with places.held(Home(root / "var")), pytest.raises(sentences.CannotGoOn, match="already running"):
        cleaning.clean()

    assert (root / ".venv" / "bin").exists()


def test_a_new_virtual_environment_forgets_what_was_installed_into_the_old_one(tmp_path: Path) -> None:
    for name in ("lock", "node", "python-packages"):
        (tmp_path / name).touch()

    cleaning.forget_packages(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
