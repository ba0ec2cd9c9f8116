"""The import contracts of pyproject.toml hold."""

from __future__ import annotations

import pytest
from importlinter.cli import lint_imports

from tests.architecture import tree


def test_every_import_goes_down(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tree.ROOT)

    status = lint_imports(no_cache=True, no_logo=True)

    assert status == 0, capsys.readouterr().out
