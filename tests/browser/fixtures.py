"""A headless Chromium for stories that need a reader's own eyes: scripts, layout, keyboard, accessibility."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
SYSTEM = Path("/usr/bin/chromium")
UNPACKED = HERE / "node_modules" / ".browser"
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def program() -> tuple[Path, dict[str, str]]:
    """Return the browser's path and the variables it needs: Debian's where there is one, else the unpacked one."""
    if SYSTEM.exists():
        return SYSTEM, {}
    libraries = {
        "LD_LIBRARY_PATH": str(UNPACKED / "libraries" / "lib"),
        "FONTCONFIG_FILE": str(UNPACKED / "fonts" / "fonts.conf"),
    }
    return UNPACKED / "chromium", libraries


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a browser; open `browser.new_page()` in it and close that again."""
    path, variables = program()

    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET, env={**os.environ, **variables})
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """Return the accessibility checker's script, to be evaluated in a page; then `axe.run()` is there."""
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """Return the address of a running Keel. Its server finds static files by the names they have in the tree."""
    settings.ALLOWED_HOSTS = ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    return str(live_server.url)
