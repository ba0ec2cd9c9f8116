"""A small demo that a browser walks through: two dozen customers, and a month lived through by the real engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from accounts.models import User
from cs_platform.common import clock
from demo import programs
from demo.simulation import Simulation
from demo.world.operations.days import build_base

PASSWORD = "harbour-lantern-42"

Visit = Callable[..., Page]


@pytest.fixture
def demo(settings: Any, transactional_db: None) -> Simulation:
    """Return a demo of about twenty accounts whose last twelve days are lived, with the clock at the wall's."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "demo.urls"
    start = (timezone.now() - dt.timedelta(days=12)).replace(hour=0, minute=0, second=0, microsecond=0)
    clock.move_to(start)
    simulation = Simulation(world=build_base(start=start.date(), password=PASSWORD, scale=0.02))
    programs.publish_programs(owner=User.objects.get(email="pm@keel.example"), now=start)
    simulation.advance(until=timezone.now())
    clock.settle()
    return simulation


@pytest.fixture
def visit(browser: Browser, site: str, settings: Any) -> Iterator[Visit]:
    """Return a function that opens a page as somebody; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=site, reduced_motion="reduce")

    def open_page(path: str, *, width: int = 1440, theme: str = "keel") -> Page:
        context.add_cookies([{"name": "theme", "value": theme, "url": site}])
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    yield open_page
    context.close()
    assert complaints == []


def sign_in(visit: Visit, email: str = "pm@keel.example") -> Page:
    page = visit("/sign-in/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    return page
