from __future__ import annotations

import sys
from pathlib import Path

import pytest

from launcher import sentences, steps
from launcher.steps import Stamps, Step

COUNT = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.write_text((p.read_text() if p.exists() else '') + 'x')"


@pytest.fixture
def stamps(tmp_path: Path) -> Stamps:
    folder = tmp_path / "stamps"
    folder.mkdir()
    return Stamps(folder)


def counting(tmp_path: Path, name: str = "Count", needs: tuple[Step, ...] = ()) -> Step:
    """Return a step that reads `input` and writes one x into its file each time it runs."""
    source = tmp_path / "input"
    if not source.exists():
        source.write_text("first")
    made = tmp_path / name
    return Step(name, [[sys.executable, "-c", COUNT, made]], makes=made, inputs=[source], needs=needs, cwd=tmp_path)


def failing(tmp_path: Path, code: str) -> Step:
    return Step("Broken thing", [[sys.executable, "-c", code]], makes=tmp_path / "never", cwd=tmp_path, cure="mend it")


def test_a_step_runs_once_while_nothing_changes(tmp_path: Path, stamps: Stamps) -> None:
    steps.run([counting(tmp_path)], stamps)
    steps.run([counting(tmp_path)], stamps)

    assert (tmp_path / "Count").read_text() == "x"


def test_a_step_runs_again_when_what_it_reads_has_changed(tmp_path: Path, stamps: Stamps) -> None:
    steps.run([counting(tmp_path)], stamps)
    (tmp_path / "input").write_text("second")
    steps.run([counting(tmp_path)], stamps)

    assert (tmp_path / "Count").read_text() == "xx"


def test_a_step_runs_again_when_what_it_made_is_gone(tmp_path: Path, stamps: Stamps) -> None:
    steps.run([counting(tmp_path)], stamps)
    (tmp_path / "Count").unlink()
    steps.run([counting(tmp_path)], stamps)

    assert (tmp_path / "Count").read_text() == "x"


def test_a_change_reaches_the_steps_that_need_it(tmp_path: Path, stamps: Stamps) -> None:
    before = counting(tmp_path)
    after = Step("After", [[sys.executable, "-c", COUNT, tmp_path / "After"]], tmp_path / "After", needs=[before])
    steps.run([before, after], stamps)
    (tmp_path / "input").write_text("second")
    before = counting(tmp_path)
    after = Step("After", after.commands, after.makes, needs=[before])
    steps.run([before, after], stamps)

    assert (tmp_path / "After").read_text() == "xx"


def test_a_step_waits_for_what_it_needs(tmp_path: Path, stamps: Stamps) -> None:
    first = counting(tmp_path, "First")
    proof = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_text(pathlib.Path(sys.argv[1]).read_text())"
    copy: list[str | Path] = [sys.executable, "-c", proof, tmp_path / "First", tmp_path / "Second"]
    steps.run([Step("Second", [copy], tmp_path / "Second", needs=[first]), first], stamps)

    assert (tmp_path / "Second").read_text() == "x"


def test_a_line_is_printed_for_every_step_that_ran(
    tmp_path: Path, stamps: Stamps, capsys: pytest.CaptureFixture[str]
) -> None:
    steps.run([counting(tmp_path)], stamps)

    assert capsys.readouterr().out.startswith("Count ......")


def test_a_step_that_fails_says_what_to_do_and_where_to_read_on(tmp_path: Path, stamps: Stamps) -> None:
    with pytest.raises(sentences.CannotGoOn) as reason:
        steps.run([failing(tmp_path, "raise SystemExit('because')")], stamps)

    assert str(reason.value).startswith("Broken thing couldn't be prepared: mend it (log: ")
    assert "because" in (stamps.folder / "broken-thing.log").read_text()


def test_a_step_that_failed_runs_again(tmp_path: Path, stamps: Stamps) -> None:
    with pytest.raises(sentences.CannotGoOn):
        steps.run([failing(tmp_path, "raise SystemExit(1)")], stamps)

    assert not stamps.is_fresh(failing(tmp_path, "raise SystemExit(1)"))


def test_a_step_that_fills_the_disk_says_so(tmp_path: Path, stamps: Stamps) -> None:
    with pytest.raises(sentences.CannotGoOn, match=r"is full; free some space"):
        steps.run([failing(tmp_path, "import os; raise OSError(28, os.strerror(28))")], stamps)
