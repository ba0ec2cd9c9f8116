"""Where a click leads, in a demo and elsewhere."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from contacts.delivery.rules import derived_key, seal
from cs_platform import env
from cs_platform.tracking.app import Tracking


class Noting:
    """Takes hits and remembers them."""

    def __init__(self) -> None:
        self.hits: list[dict[str, str]] = []

    async def record(self, hit: dict[str, str]) -> None:
        self.hits.append(hit)


def click(monkeypatch: pytest.MonkeyPatch, target: str, *, demo: str) -> tuple[str, str, list[dict[str, str]]]:
    """Return the token, where a click on it leads, and the hits it left."""
    monkeypatch.setenv("KEEL_DEMO", demo)
    monkeypatch.setenv("BASE_URL", "http://127.0.0.1:8000")
    tracking = Tracking()
    recorder = Noting()
    tracking.recorder = recorder  # type: ignore[assignment]
    tracking.links.known[7] = target
    token = seal(derived_key(env.text("SECRET_KEY")), 1, 7)
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"body": b""}

    scope = {"type": "http", "method": "GET", "path": f"/c/{token}", "headers": [], "client": ("192.0.2.1", 1)}
    # In a thread of its own: the browser of other tests keeps this one's event loop running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, tracking(scope, receive, send)).result()
    return token, dict(sent[0]["headers"])[b"location"].decode(), recorder.hits


def test_a_link_to_an_invented_site_lands_on_a_page_that_explains_in_a_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    token, location, hits = click(monkeypatch, "https://docs.example/guide", demo="1")

    assert location == f"http://127.0.0.1:8000/demo/visited/{token}/"
    assert [(hit["k"], hit["d"], hit["l"]) for hit in hits] == [("c", "1", "7")]


@pytest.mark.parametrize(
    ("target", "demo"),
    [
        ("https://docs.example/guide", "0"),
        ("http://127.0.0.1:8000/s/token/?score=9", "1"),
        ("https://docs.example.org/", "1"),
        ("https://example.com/?at=docs.example", "1"),
    ],
)
def test_every_other_link_leads_to_its_target(monkeypatch: pytest.MonkeyPatch, target: str, demo: str) -> None:
    assert click(monkeypatch, target, demo=demo)[1] == target
