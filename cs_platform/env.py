"""Read configuration from the environment. A bad value stops the start and names itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent

FLAGS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off", ""), False)


class BadSetting(SystemExit):
    """A setting is missing or cannot be understood; the message names it and says what is expected."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"Keel cannot start: {name} {why}.")


def home() -> Path:
    """Return the data directory: KEEL_HOME, by default var/ beside manage.py."""
    return Path(os.environ.get("KEEL_HOME") or ROOT / "var").expanduser().resolve()


def _announced() -> dict[str, str]:
    """
    Return what the running supervisor announced for this KEEL_HOME.

    So that `manage.py` typed in another shell finds the embedded PostgreSQL and Redis of the product that runs.
    """
    try:
        announced = json.loads((home() / "run" / "env.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in announced.items()}


_ANNOUNCED = _announced()


def text(name: str, default: str | None = None) -> str:
    """Return the value of `name`; without a default it must be set."""
    value = os.environ.get(name) or _ANNOUNCED.get(name) or default
    if value is None:
        raise BadSetting(name, "is not set; see .env.example (or run `make demo`, which sets everything)")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").strip().lower()
    if value not in FLAGS:
        raise BadSetting(name, f"must be 1 or 0, not {value!r}")
    return FLAGS[value]


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    try:
        parsed = int(value)
    except ValueError:
        raise BadSetting(name, f"must be a whole number, not {value!r}") from None
    if parsed < least:
        raise BadSetting(name, f"must be at least {least}, not {parsed}")
    return parsed


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def url(name: str, default: str | None = None, *, schemes: tuple[str, ...]) -> str:
    """Return a URL whose scheme is one of `schemes`."""
    value = text(name, default)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise BadSetting(name, "is not a valid URL") from None
    if parts.scheme not in schemes:
        raise BadSetting(name, f"must begin with {' or '.join(s + '://' for s in schemes)}")
    return value


def database(name: str) -> dict[str, object]:
    """
    Return Django's settings for a `postgresql://user:password@host:port/name` URL.

    A socket directory may be given as `?host=/path`; other query parameters are refused by name.
    """
    from_url = urlsplit(url(name, schemes=("postgresql", "postgres")))
    query = dict(pair.split("=", 1) for pair in from_url.query.split("&") if "=" in pair)
    unknown = set(query) - {"host", "sslmode", "sslrootcert"}
    if unknown:
        raise BadSetting(name, f"has unknown parameters: {', '.join(sorted(unknown))}")
    if len(from_url.path) < 2:
        raise BadSetting(name, "must end in the name of a database")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(from_url.path[1:]),
        "USER": unquote(from_url.username or ""),
        "PASSWORD": unquote(from_url.password or ""),
        "HOST": unquote(query.pop("host", "")) or from_url.hostname or "",
        "PORT": str(from_url.port or ""),
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }


def broker(redis_url: str) -> str:
    """Return `redis_url` as Celery writes it: a socket is unix:// and `db` for redis-py, something else for Celery."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def email() -> dict[str, object]:
    """
    Return how mail leaves: EMAIL_URL is `smtp://[user:password@]host:port`, `smtp+tls://…` (STARTTLS) or `smtps://…`.

    """
    value = url("EMAIL_URL", "smtp://127.0.0.1:25", schemes=("smtp", "smtp+tls", "smtps"))
    parts = urlsplit(value)
    if not parts.hostname:
        raise BadSetting("EMAIL_URL", "must name a host, such as smtp://mail.example.com:587")
    default_port = {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme]
    return {
        "host": parts.hostname,
        "port": parts.port or default_port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
    }


def webhook_secrets(name: str, *, is_required: bool) -> list[str]:
    """
    Return what mail providers must present to report bounces, each `user:password`; "none" where none reports.

    Without it anybody could report that an address is dead, so a real installation does not start before it is said.
    """
    secrets = words(name)
    if secrets == ["none"]:
        return []
    if not secrets and is_required:
        raise BadSetting(
            name, "is not set; give user:password for your mail provider's webhooks, or none to refuse all"
        )
    if wrong := [secret for secret in secrets if not all(secret.partition(":")[::2])]:
        raise BadSetting(name, f"must be user:password, which {len(wrong)} of {len(secrets)} are not")
    return secrets
