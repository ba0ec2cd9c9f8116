from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from launcher import supervisor

Call = tuple[Sequence[str], Sequence[str]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Return what would have been run: the names of the services, and the command."""
    made: list[Call] = []

    def apart(names: Sequence[str], command: Sequence[str], *, durable: bool) -> int:
        made.append((names, command))
        return 0

    monkeypatch.setattr(supervisor, "apart", apart)
    return made


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 2), (16, 4)])
def test_all_tests_run_in_a_process_for_each_core_with_own_services(calls, monkeypatch, cores, processes) -> None:
    monkeypatch.setattr(supervisor, "CORES", cores)

    supervisor.test([])

    [(names, command)] = calls
    assert len(set(names)) == processes
    assert command[command.index("-n") + 1] == str(processes)


def test_chosen_tests_run_in_one_process(calls) -> None:
    supervisor.test(["tests/launcher"])

    [(names, command)] = calls
    assert names == ["test"]
    assert "-n" not in command
    assert command[-1] == "tests/launcher"


def test_a_soak_runs_every_randomised_test_whole(calls, monkeypatch) -> None:
    monkeypatch.setenv("HYPOTHESIS_PROFILE", "sample")

    supervisor.soak([])

    [(_, command)] = calls
    assert command[command.index("-m", 2) + 1] == "soak or hypothesis"
    assert os.environ["HYPOTHESIS_PROFILE"] == "whole"
