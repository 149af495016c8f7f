"""The queue of processes that want to write to one SQLite file: first come, first served.

SQLite itself makes waiters poll, so that under load one of them starves for seconds; a lock on a
file beside the database is handed on by the kernel in order of arrival.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from syncd.core.errors import LedgerUnwritable, Locked


class Turnstile:
    """Between `enter` and `leave`, no other process is there. One thread at a time uses it."""

    def __init__(self, path: Path, *, waits: bool) -> None:
        """`waits` false: `enter` raises Locked at once instead of waiting."""
        self._path = path
        self._mode = fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB
        self._file: int | None = None

    def enter(self) -> None:
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError as exc:
                raise LedgerUnwritable(f"cannot open {self._path}: {exc.strerror}") from exc
        try:
            fcntl.flock(self._file, self._mode)
        except BlockingIOError as exc:
            raise Locked(f"another process writes to the ledger; it holds {self._path}") from exc

    def leave(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
