"""Services and profiles for every test. People, accounts and clients come from the fixture modules named below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

settings.register_profile(
    "sample", max_examples=50, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "whole", max_examples=2000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "sample"))

pytest_plugins = [
    name
    for name in ("tests.fixtures", "tests.emptying", "tests.processes", "tests.browser.fixtures", "tests.browser.demo")
    if find_spec(name)
]


def pytest_configure(config: pytest.Config) -> None:
    if "DATABASE_URL" not in os.environ:
        pytest.exit("Run the tests with `make test`, which starts PostgreSQL and Redis for them.", returncode=2)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Make the database; before it is dropped, end the sessions of threads that linger, such as a server's."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def whole() -> bool:
    """Return whether big randomised runs are to be run whole (`make soak`) or sampled (`make test`)."""
    return settings.get_current_profile_name() == "whole"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many stories ran in the browser: .ci/run wants at least one."""
    passed = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    stories = [report for report in passed if "browser" in report.keywords]
    terminalreporter.write_line(f"browser stories: {len(stories)} ran")
