"""The requests: /o/ is an open, /c/ a click, /u/ an unsubscribe."""

from __future__ import annotations

import base64
import ipaddress
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from contacts.delivery.rules.tokens import derived_key, unseal, unseal_target, unseal_unsubscribe
from cs_platform import env
from cs_platform.tracking.links import Database, DatabaseAway, Links
from cs_platform.tracking.one_click import asks_to_unsubscribe
from cs_platform.tracking.recorder import NotRecorded, Recorder

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

REDIS_SECONDS = 1.0
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
INCOMPLETE = "This link is incomplete. Copy the whole link from the email and try again."
MOST_BODY = 16 * 1024
# How browsers and previewers say that nobody has clicked yet.
PURPOSES = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
METHODS = ("GET", "HEAD", "POST")


class Tracking:
    def __init__(self) -> None:
        secrets = (env.text("SECRET_KEY"), *env.words("SECRET_KEY_FALLBACKS"))
        self.keys = [derived_key(secret) for secret in secrets]
        self.base_url = env.url("BASE_URL", "http://127.0.0.1:8000", schemes=("http", "https")).rstrip("/")
        self.trusts_proxy = env.flag("TRUST_PROXY")
        self.is_demo = env.flag("KEEL_DEMO")
        database = Database(env.url("DATABASE_URL", schemes=("postgresql", "postgres")))
        self.links = Links(database, env.home() / "spool" / "links.json")
        redis = Redis.from_url(
            env.url("REDIS_URL", schemes=("redis", "rediss", "unix")),
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
            # A connection that a restart broke is found out by its first use.
            retry=Retry(NoBackoff(), 1),
        )
        self.recorder = Recorder(redis, env.home() / "spool", database.places)

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
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.links.start()
                self.recorder.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                self.links.stop()
                await self.recorder.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path: str = scope["path"]
        if path == "/healthz":
            return _page(200, "ok")
        if scope["method"] not in METHODS:
            return _page(405, "Method not allowed.")
        kind, token = path[1:2], path[3:]
        if path[:1] == "/" and path[2:3] == "/":
            if kind == "o":
                return await self._opened(scope, token)
            if kind == "c":
                return await self._clicked(scope, token)
            if kind == "u":
                return await self._unsubscribing(scope, receive, token)
        return _page(404, "Page not found.")

    async def _opened(self, scope: Scope, token: str) -> Answer:
        sealed = unseal(self.keys, token)
        if sealed is not None:
            await self._record(scope, "o", sealed[0])
        # The picture is always there: a broken one in somebody's mail helps nobody.
        return 200, [(b"content-type", b"image/gif"), (b"cache-control", b"no-store"), _length(PIXEL)], PIXEL

    async def _clicked(self, scope: Scope, rest: str) -> Answer:
        token, _, sealed_target = rest.partition("/")
        sealed = unseal(self.keys, token)
        if sealed is None:
            return _page(404, INCOMPLETE)
        delivery_id, link_id = sealed
        try:
            # One whose seal was cut off on its way is looked up.
            target = unseal_target(self.keys, token, sealed_target) if sealed_target else None
            if target is None:
                target = await self.links.find(delivery_id, link_id)
        except DatabaseAway:
            return _page(503, "We can't look up this link right now. Please try again in a minute.")
        if target is None:
            return _page(404, "This link is no longer valid.")
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
            return _page(404, INCOMPLETE)
        if scope["method"] != "POST":
            location = f"{self.base_url}/unsubscribe/{token}/"
            return 302, [(b"location", location.encode()), (b"content-length", b"0")], b""
        body = await _body(receive)
        if body is None:
            return _page(413, "The request is too large. To unsubscribe, POST List-Unsubscribe=One-Click.")
        content_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1")
        if not asks_to_unsubscribe(content_type, body):
            return _page(400, "To unsubscribe, POST List-Unsubscribe=One-Click.")
        if not await self._record(scope, "u", delivery_id):
            return _page(503, "We can't process this right now. Please try again in a minute.")
        return _page(200, "You're unsubscribed.")

    # Return whether the hit is kept. A reader is led on all the same: nobody waits at a link for our disk.
    async def _record(self, scope: Scope, kind: str, delivery_id: int, *, link: int = 0) -> bool:
        headers = dict(scope["headers"])
        hit = {
            "k": kind,
            "d": str(delivery_id),
            "l": str(link),
            "t": str(time.time_ns() // 1000),
            # Given once, here: however often the hit is appended and read, it counts once.
            "x": uuid.uuid4().hex,
            "m": scope["method"],
            "a": headers.get(b"user-agent", b"").decode("latin-1")[:400],
            "n": self._network(scope, headers),
        }
        if purpose := ", ".join(headers[name].decode("latin-1") for name in PURPOSES if name in headers):
            hit["p"] = purpose[:100]
        try:
            await self.recorder.record(hit)
        except NotRecorded:
            return False
        return True

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


# Return the body, or None for one that is too large to be what we ask for.
async def _body(receive: Receive) -> bytes | None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            return None
    return body


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", str(len(body)).encode()


def _page(status: int, sentence: str) -> Answer:
    body = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), _length(body)]
    return status, headers, body


app = Tracking()
