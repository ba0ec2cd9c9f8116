"""Where a running Keel keeps its things. Standard library only."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import sentences

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Home:
    """The data directory of one installation, and the short private folder of its sockets."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def announcement(self) -> Path:
        """Variables of the running product, which cs_platform.env reads."""
        return self.run / "env.json"

    @property
    def sockets(self) -> Path:
        """A socket's path holds about a hundred characters, so it cannot lie below a long KEEL_HOME."""
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:10]
        return Path("/tmp") / f"keel-{os.getuid()}-{digest}"  # noqa: S108 (its owner and mode are checked)


def home(given: str | None = None) -> Home:
    """Return the Home named by KEEL_HOME, by default var/ beside manage.py."""
    path = given or os.environ.get("KEEL_HOME") or str(ROOT / "var")
    return Home(Path(path).expanduser().resolve())


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it: we want the programs inside, not its Python."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise sentences.CannotGoOn(f"The package {name} is missing; run `make demo` to install it.")
    return Path(spec.origin).parent


def make(home: Home) -> None:
    """Make the folders of `home`. Its run/ is for nobody else's eyes."""
    try:
        for folder in (home.root, home.logs):
            folder.mkdir(parents=True, exist_ok=True)
        home.run.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise sentences.from_os_error(error, home.root) from error


def make_sockets(home: Home) -> None:
    """Make the folder of the sockets anew: what others may have put there under its name is not trusted."""
    remove_sockets(home)
    try:
        home.sockets.mkdir(mode=0o700)
    except FileExistsError:
        raise sentences.not_ours(home.sockets) from None


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Be the only supervisor of `home` for a while. The lock ends with the process, however it ends."""
    with (home.run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise sentences.already_running(home.root) from None
        yield


def is_held(home: Home) -> bool:
    if not home.run.exists():
        return False
    try:
        with held(home):
            return False
    except sentences.CannotGoOn:
        return True


def remove_sockets(home: Home) -> None:
    shutil.rmtree(home.sockets, ignore_errors=True)


def turn_logs(home: Home) -> None:
    """Begin new logs; those of the run before stay beside them."""
    for log in home.logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))


def read(path: Path) -> dict[str, str]:
    """Return a small JSON file of ours; {} where there is none."""
    if not path.exists():
        return {}
    content: dict[str, str] = json.loads(path.read_text())
    return content


def write_private(path: Path, content: dict[str, str]) -> None:
    """Replace `path` by `content` as JSON that only its owner may read."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    new.replace(path)


def keep_secret(home: Home, name: str, value: str) -> None:
    write_private(home.root / "secrets.json", {**kept_secrets(home), name: value})


def kept_secrets(home: Home) -> dict[str, str]:
    """Return what was made up once for this installation: its secret key and the password of the demo's people."""
    path = home.root / "secrets.json"
    known = read(path)
    made_up = {"SECRET_KEY": secrets.token_urlsafe(50), "KEEL_DEMO_PASSWORD": secrets.token_urlsafe(9)}
    if not made_up.keys() <= known.keys():
        known = {**made_up, **known}
        write_private(path, known)
    return known
