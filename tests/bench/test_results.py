from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.result import Result

FAST = Result(name="send", value=900.0, unit="messages/s", reference=300.0, bar=2.0)
SLOW = Result(name="demo_load", value=10.0, unit="rows/s", reference=100.0, bar=0.5)


def test_a_result_is_the_ratio_to_its_reference() -> None:
    assert FAST.ratio == 3.0
    assert FAST.holds
    assert not SLOW.holds


def test_a_result_is_written_with_the_seven_words_that_others_read() -> None:
    assert list(FAST.as_dict()) == ["name", "value", "unit", "reference", "bar", "ratio", "holds"]


def test_a_measurement_of_one_leaves_the_others_as_they_were() -> None:
    before = [SLOW.as_dict(), {**FAST.as_dict(), "value": 1.0}]

    assert bench.merged(before, [FAST]) == [SLOW.as_dict(), FAST.as_dict()]


def test_the_measurements_are_the_modules_of_the_folder() -> None:
    assert "result" not in bench.names()
    assert "__main__" not in bench.names()


def test_an_unknown_measurement_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["sned"]) == 2
    assert "There is no measurement sned" in capsys.readouterr().err


def test_results_are_written_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(bench, "names", lambda: ["send"])
    monkeypatch.setattr(bench, "measure", lambda _: [FAST])

    assert bench.main([]) == 0
    assert json.loads((tmp_path / "results.json").read_text()) == [FAST.as_dict()]
