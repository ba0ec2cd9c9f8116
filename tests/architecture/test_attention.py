"""Whatever can be set aside is known to the Attention page by a name that people understand."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from cs_platform.common import dead_letters
from tests.architecture import tree

NOTING = {"work_in_halves", "note", "not_set_aside", "not_set_aside_q"}
ITSELF = "cs_platform/common/dead_letters.py"


def kinds_noted(path: Path) -> Iterator[str]:
    """Yield the kinds that a file notes, or leaves out where they are set aside."""
    module = importlib.import_module(tree.name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for call in ast.walk(ast.parse(path.read_text())):
        if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] not in NOTING:
            continue
        named = [word.value for word in call.keywords if word.arg == "kind"] or call.args[:1]
        for value in named:
            if isinstance(value, ast.Constant):
                yield str(value.value)
            elif isinstance(value, ast.Name) and isinstance(getattr(module, value.id, None), str):
                yield getattr(module, value.id)


def test_every_kind_of_row_that_is_set_aside_is_registered() -> None:
    files = [path for path in tree.code() if "dead_letters" in path.read_text() and tree.name_of(path) != ITSELF]
    noted = {kind: tree.name_of(path) for path in files for kind in kinds_noted(path)}

    assert {"imports.run", "outbox", "delivery.claim"} <= set(noted)
    assert {kind: name for kind, name in noted.items() if kind not in dead_letters.kinds()} == {}
