"""The requests: /o/ is an open, /c/ a click, /u/ an unsubscribe."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
from redis.asyncio import Redis

from contacts.delivery.rules import derived_key, unseal, unseal_unsubscribe
from cs_platform import env
from cs_platform.tracking.recorder import Recorder
from cs_platform.tracking.targets import Targets

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MOST_BODY = 1000
METHODS = ("GET", "HEAD", "POST")


class Tracking:
    def __init__(self) -> None:
        secrets = (env.text("SECRET_KEY"), *env.words("SECRET_KEY_FALLBACKS"))
        self.keys = [derived_key(secret) for secret in secrets]
        self.base_url = env.url("BASE_URL", "http://127.0.0.1:8000", schemes=("http", "https")).rstrip("/")
        self.trusts_proxy = env.flag("TRUST_PROXY")
        self.is_demo = env.flag("KEEL_DEMO")
        self.targets = Targets(env.url("DATABASE_URL", schemes=("postgresql", "postgres")))
        redis = Redis.from_url(env.url("REDIS_URL", schemes=("redis", "rediss", "unix")), socket_timeout=2)
        self.recorder = Recorder(redis, env.home() / "spool")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            status, headers, body = await self._answer(scope, receive)
            if scope["method"] == "HEAD":
                body = b""
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        replaying: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                replaying = asyncio.create_task(self.recorder.replay_forever())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if replaying is not None:
                    replaying.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path: str = scope["path"]
        if path == "/healthz":
            return _page(200, "ok")
        if scope["method"] not in METHODS:
            return _page(405, "This address answers GET only.")
        kind, token = path[1:2], path[3:]
        if path[:1] == "/" and path[2:3] == "/":
            if kind == "o":
                return await self._opened(scope, token)
            if kind == "c":
                return await self._clicked(scope, token)
            if kind == "u":
                return await self._unsubscribing(scope, receive, token)
        return _page(404, "There is nothing here.")

    async def _opened(self, scope: Scope, token: str) -> Answer:
        sealed = unseal(self.keys, token)
        if sealed is not None:
            await self._record(scope, "o", sealed[0])
        # The picture is always there: a broken one in somebody's mail helps nobody.
        return 200, [(b"content-type", b"image/gif"), (b"cache-control", b"no-store"), _length(PIXEL)], PIXEL

    async def _clicked(self, scope: Scope, token: str) -> Answer:
        sealed = unseal(self.keys, token)
        if sealed is None:
            return _page(404, "This link is not complete. Please copy all of it from the email.")
        delivery_id, link_id = sealed
        target = self.targets.remembered(link_id)
        if target is None:
            try:
                target = await asyncio.to_thread(self.targets.find, delivery_id, link_id)
            except psycopg2.Error:
                return _page(503, "We cannot look this link up right now. Please try again in a minute.")
        if target is None:
            return _page(404, "This link is not one of ours any more.")
        await self._record(scope, "c", delivery_id, link=link_id)
        if not target:  # The hidden link: nobody reads where it leads.
            return _page(200, "")
        location = self._landing(target, token).encode()
        return 302, [(b"location", location), (b"cache-control", b"no-store"), (b"content-length", b"0")], b""

    # Return where a click leads: to the link's target, but in a demo not to a site that cannot exist.
    def _landing(self, target: str, token: str) -> str:
        is_made_up = (urlsplit(target).hostname or "").endswith(".example")
        return f"{self.base_url}/demo/visited/{token}/" if self.is_demo and is_made_up else target

    # GET shows a page that asks; only the POST of RFC 8058 unsubscribes: gateways follow every link.
    async def _unsubscribing(self, scope: Scope, receive: Receive, token: str) -> Answer:
        delivery_id = unseal_unsubscribe(self.keys, token)
        if delivery_id is None:
            return _page(404, "This link is not complete. Please copy all of it from the email.")
        if scope["method"] != "POST":
            location = f"{self.base_url}/unsubscribe/{token}/"
            return 302, [(b"location", location.encode()), (b"content-length", b"0")], b""
        if parse_qs(await _body(receive)).get("List-Unsubscribe") != ["One-Click"]:
            return _page(400, "Send List-Unsubscribe=One-Click to unsubscribe.")
        await self._record(scope, "u", delivery_id)
        return _page(200, "You are unsubscribed.")

    async def _record(self, scope: Scope, kind: str, delivery_id: int, *, link: int = 0) -> None:
        headers = dict(scope["headers"])
        await self.recorder.record(
            {
                "k": kind,
                "d": str(delivery_id),
                "l": str(link),
                "t": str(time.time_ns() // 1000),
                "x": uuid.uuid4().hex,
                "m": scope["method"],
                "a": headers.get(b"user-agent", b"").decode("latin-1")[:400],
                "n": self._network(scope, headers),
            }
        )

    # Return the reader's network, never the address: /24 of IPv4, /48 of IPv6.
    def _network(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        address = scope["client"][0] if scope.get("client") else ""
        if self.trusts_proxy and b"x-forwarded-for" in headers:
            address = headers[b"x-forwarded-for"].decode("latin-1").split(",")[-1].strip()
        with suppress(ValueError):
            found = ipaddress.ip_address(address)
            return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))
        return ""


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


async def _body(receive: Receive) -> str:
    body, more = b"", True
    while more and len(body) <= MOST_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body[:MOST_BODY].decode("latin-1")


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


def _page(status: int, sentence: str) -> Answer:
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), _length(body)]
    return status, headers, body


app = Tracking()
