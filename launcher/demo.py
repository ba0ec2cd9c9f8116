"""`make demo`: from an empty folder to a product that answers, and back to silence."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

import psycopg2

from . import places, ports, programs, sentences, servers
from .places import Home
from .processes import Stop, Watch, finish_in_peace, run_in_foreground

READY_SECONDS = 120
STOP_SECONDS = 6
PASSWORD = "KEEL_DEMO_PASSWORD"
SIGN_INS = {"pm": "program manager", "csm": "CSM", "admin": "administrator", "exec": "executive, read-only"}


def demo() -> None:
    home = places.home()
    port = ports.wanted()
    ports.check_free(port)
    if "DATABASE_URL" in os.environ or "REDIS_URL" in os.environ:
        say("DATABASE_URL and REDIS_URL are ignored: `make demo` runs its own PostgreSQL and Redis.")
    with ExitStack() as stack:
        running = stack.enter_context(servers.running(home))
        chosen = ports.kept(home, port)
        environ = environment(home, running.environ, chosen, port)
        announce(home, environ)
        stack.callback(home.announcement.unlink, missing_ok=True)
        manage(home, environ, "migrate", "--noinput", "-v0")
        load_customers(home, environ)
        watch = Watch(say)
        services = running.watched(say)
        stack.callback(watch.stop, STOP_SECONDS)
        stack.callback(finish_in_peace)
        watch.start(programs.all_of(home, {**os.environ, **environ}, chosen, port))
        wait_until_ready([services, watch], environ["BASE_URL"])
        say(greeting(home, environ))
        try:
            while True:
                services.look()
                watch.look()
                time.sleep(0.3)
        except Stop:
            say("Stopping. Your data is kept in " + str(home.root))


def environment(home: Home, found: Mapping[str, str], chosen: Mapping[str, int], port: int) -> dict[str, str]:
    """Return the variables by which the product's processes, and manage.py in another shell, know this installation."""
    base_url = f"http://{ports.HOST}:{port}"
    tracking_url = f"http://{ports.HOST}:{chosen['tracking']}" if programs.has_tracking() else base_url
    return {
        **found,
        "KEEL_DEMO": "0" if is_empty(home) else "1",
        "BASE_URL": base_url,
        "TRACKING_URL": tracking_url,
        "EMAIL_URL": os.environ.get("EMAIL_URL") or programs.mail_url(chosen["mail"]),
        "ALLOWED_HOSTS": f"{ports.HOST},localhost",
        PASSWORD: os.environ.get(PASSWORD) or places.kept_secrets(home)[PASSWORD],
        "PYTHONUNBUFFERED": "1",
    }


def announce(home: Home, environ: Mapping[str, str]) -> None:
    places.write_private(home.announcement, dict(environ))


def is_empty(home: Home) -> bool:
    """Return whether this installation has no demo customers and shall get none; its first start decides."""
    state = places.read(home.root / "installation.json").get("customers")
    return state == "none" or (state is None and os.environ.get("EMPTY", "") not in ("", "0"))


def load_customers(home: Home, environ: Mapping[str, str]) -> None:
    """Load the demo's customers unless they are there, or the first start said that there shall be none."""
    path = home.root / "installation.json"
    state = places.read(path).get("customers")
    asked_empty = os.environ.get("EMPTY", "") not in ("", "0")
    if state == "loaded" and asked_empty:
        say(f"EMPTY=1 has no effect: {home.root} already has the demo's customers.")
    if state is None and asked_empty:
        places.write_private(path, {"customers": "none"})
    elif state is None:
        places.keep_secret(home, PASSWORD, environ[PASSWORD])
    if is_empty(home):
        return
    if state != "loaded":
        places.write_private(path, {"customers": "begun"})
        manage(home, environ, "load_demo")
        places.write_private(path, {"customers": "loaded"})
    if environ[PASSWORD] != places.kept_secrets(home)[PASSWORD]:
        manage(home, environ, "set_demo_password")
        places.keep_secret(home, PASSWORD, environ[PASSWORD])


def manage(home: Home, environ: Mapping[str, str], command: str, *arguments: str) -> None:
    """Run a command of manage.py, showing what it says of its progress, and stop with a sentence if it fails."""
    began = time.monotonic()
    log = home.logs / f"{command}.log"
    words = [sys.executable, str(places.ROOT / "manage.py"), command, *arguments]
    with log.open("wb") as errors:
        status = run_in_foreground(words, {**os.environ, **environ}, errors)
    if status and (sentences.tells_of_full_disk(log, home.logs / "postgres.log") or sentences.is_full(home.root)):
        raise sentences.disk_full(home.root)
    if status:
        raise sentences.CannotGoOn(
            f"`manage.py {command}` failed; see {log}, fix that and run `make demo` again, which continues from there."
        )
    if (took := time.monotonic() - began) > 5:
        say(f"{command + ' ':.<28} {took:5.1f} s")


def wait_until_ready(watches: Sequence[Watch], base_url: str) -> None:
    until = time.monotonic() + READY_SECONDS
    while True:
        for watch in watches:
            watch.look()
            if dead := watch.hopeless():
                raise sentences.died(f"The {dead.name}", dead.log)
        answer = readiness(base_url)
        if answer is None:
            return
        if time.monotonic() > until:
            raise sentences.CannotGoOn(
                f"Keel did not become ready within {READY_SECONDS} s; {base_url}/readyz says: {answer}."
            )
        time.sleep(0.2)


def readiness(base_url: str) -> str | None:
    """Return None if /readyz says that everything works, else what it says."""
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=10) as answer:  # noqa: S310 (our own address)
            said = answer.read(2000).decode(errors="replace").strip()
        return None if json.loads(said)["status"] == "ok" else said
    except urllib.error.HTTPError as error:
        return error.read(2000).decode(errors="replace").strip()
    except OSError as error:
        return str(error)


def greeting(home: Home, environ: Mapping[str, str]) -> str:
    base_url = environ["BASE_URL"]
    lines = [f"Keel is ready at {base_url}"]
    if not is_empty(home):
        lines += [f"  sign in as {name + '@keel.example':<19} ({what})" for name, what in SIGN_INS.items()]
        lines += [f"  password   {environ[PASSWORD]}"]
    elif not has_users(environ):
        code = home.run / "setup-code"
        found = code.read_text().strip() if code.exists() else f"see {home.logs / 'web-server.log'}"
        lines += [f"  one-time setup code: {found}"]
    if not os.environ.get("EMAIL_URL"):
        lines += [f"  email is shown in the Outbox; new messages are also saved in {home.root / 'mail'}"]
    else:
        lines += ["  new messages are sent through the server in EMAIL_URL"]
    return "\n".join([*lines, "Press Ctrl-C to stop."])


def has_users(environ: Mapping[str, str]) -> bool:
    connection = psycopg2.connect(environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM accounts_user)")
        row = cursor.fetchone()
    connection.close()
    return bool(row and row[0])


def say(line: str) -> None:
    # A terminal that was closed is no reason to die.
    with suppress(OSError):
        print(line, flush=True)
