"""
Several pytest processes side by side, each with a PostgreSQL, a Redis and a data directory of its own.

Loaded with `-p`, before Django reads its settings. Two on one server would see each other: the change feed waits for
every transaction of the server, whatever its database.
"""

from __future__ import annotations

import json
import os

import pytest

LONG = ("tests/browser/", "tests/journeys/", "tests/cs_platform/integrations/")

if "PYTEST_XDIST_WORKER" in os.environ:
    number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    os.environ.update(json.loads(os.environ["KEEL_TEST_SERVERS"])[number])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long stories first, or one process would still be at them when the others have nothing left to do."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))
