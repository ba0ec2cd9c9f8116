"""Messages made per second: our filled skeleton against Jinja2 and Python's own email package."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr
from typing import Any

from jinja2 import Environment

from bench.result import Result
from contacts.content.rules import KNOWN_TOKENS, Brand, Compiled, Mailbox, compile_draft, fill
from demo.prose import read_email

MESSAGES = 2_000
SENT_AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def run() -> list[Result]:
    """Fill one demo email for 2,000 readers, three times each way, and keep the best."""
    email = compile_draft(read_email("onboarding_ci_series/06_backups_self_managed"), brand=Brand())
    ours = per_second(lambda number: ours_for(email, number))
    theirs = per_second(reference_for(email))
    return [Result(name="fill", value=ours, unit="messages/s", reference=theirs, bar=10)]


def per_second(make: Callable[[int], bytes]) -> float:
    return MESSAGES / min(_seconds(make) for _ in range(3))


def _seconds(make: Callable[[int], bytes]) -> float:
    start = time.process_time()
    for number in range(MESSAGES):
        make(number)
    return time.process_time() - start


def values_for(number: int) -> dict[str, str]:
    values = {token.name: token.sample for token in KNOWN_TOKENS.values()}
    return values | {"contact.first_name": f"Reader {number}"}


def ours_for(email: Compiled, number: int) -> bytes:
    return fill(
        email,
        values_for(number),
        link_url=lambda link: f"https://go.keel.example/c/{number}.{link}",
        pixel_url=f"https://go.keel.example/o/{number}",
        unsubscribe_url=f"https://go.keel.example/u/{number}",
        message_id=f"{number}@keel.example",
        from_=Mailbox("Priya Raman", "programs@keel.example"),
        to=Mailbox(f"Reader {number}", f"reader{number}@hafen.example"),
        reply_to=None,
        date=SENT_AT,
        list_id="onboarding.keel.example",
    )


def reference_for(email: Compiled) -> Callable[[int], bytes]:
    """Return what a project without a skeleton does: render compiled templates, then build the message."""
    environment = Environment(autoescape=True)
    html, text = (
        environment.from_string(part.replace("{{token:", "{{ t").replace("{{link:", "{{ l").replace("}}", " }}"))
        for part in (email.html, email.text)
    )

    def make(number: int) -> bytes:
        said: dict[str, Any] = {f"t{i}": f"Reader {number}" for i in range(len(email.expressions))}
        said |= {f"l{i}": f"https://go.keel.example/c/{number}.{i}" for i in range(len(email.links) + 1)}
        said |= {name: f"https://go.keel.example/{name}/{number}" for name in ("pixel", "unsubscribe", "subject")}
        message = MIMEMultipart("alternative")
        message["Subject"], message["From"] = email.subject, formataddr(("Priya Raman", "programs@keel.example"))
        message["To"] = formataddr((f"Reader {number}", f"reader{number}@hafen.example"))
        message["Date"], message["Message-ID"] = format_datetime(SENT_AT), f"<{number}@keel.example>"
        message.attach(MIMEText(text.render(said), "plain", "utf-8"))
        message.attach(MIMEText(html.render(said), "html", "utf-8"))
        return message.as_bytes()

    return make
