"""What a first view weighs, compressed as it is served: kilobytes of 1,000 bytes under brotli."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from django.conf import settings

DIST = Path(settings.BASE_DIR) / "frontend" / "dist"
FONT = "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return json.loads((DIST / "manifest.json").read_text())


def weight(entry: dict[str, Any]) -> float:
    """Return kilobytes; a font is compressed already."""
    content = (DIST / entry["file"]).read_bytes()
    return len(content if entry["file"].endswith(".woff2") else brotli.compress(content)) / 1000


@pytest.mark.parametrize(
    ("source", "most"), [("src/main.css", 20), ("src/main.js", 20), (FONT, 50), ("src/lazy/charts.js", 160)]
)
def test_a_part_of_the_front_end_keeps_to_its_budget(manifest, source: str, most: float) -> None:
    assert weight(manifest[source]) <= most


def test_charts_come_only_when_a_page_has_one(manifest) -> None:
    assert manifest["src/main.js"].get("imports", []) == []
    assert manifest["src/main.js"]["dynamicImports"] == ["src/lazy/charts.js"]


def test_nothing_is_loaded_from_another_host(manifest) -> None:
    style = (DIST / manifest["src/main.css"]["file"]).read_text()

    assert "url(http" not in style
    assert "@import" not in style


def test_what_is_handed_out_carries_the_notices_of_its_makers() -> None:
    notices = (DIST / "THIRD_PARTY.txt").read_text()

    bundled = {"htmx.org": "BSD-0-Clause", "echarts": "Apache-2.0", "@fontsource-variable/inter": "OFL-1.1"}
    for name, license_ in bundled.items():
        assert any(line.startswith(f"{name} ") and line.endswith(f"({license_})") for line in notices.splitlines())
