"""A small disk of its own for a ledger, which can be filled, emptied and made read-only.

A tmpfs, which only root may mount. Knows nothing of ledgers.
"""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WANTED = "a disk of its own needs the right to mount one: run as root"
BLOCK = 4096


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """`ballast` is the file that takes all the room there is."""

    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, *, but: int = 0) -> None:
        """Take all the room, but for some bytes."""
        with self.ballast.open("ab", buffering=0) as file, suppress(_Full):
            while True:
                _write(file.fileno(), b"\0" * BLOCK)
        left = max(0, self.ballast.stat().st_size - but)
        os.truncate(self.ballast, left)

    def make_room(self) -> None:
        self.ballast.unlink()

    def forbid_writing(self, *, forbidden: bool = True) -> None:
        """Mount it again, to be read only; nobody may have a file open for writing."""
        _mount("-o", f"remount,{'ro' if forbidden else 'rw'}", str(self.folder))


class _Full(Exception):
    """There is no room left."""


def _write(file: int, block: bytes) -> None:
    try:
        os.write(file, block)
    except OSError as exc:
        if exc.errno == errno.ENOSPC:
            raise _Full from exc
        raise


@contextmanager
def small_disk(folder: Path, *, megabytes: int = 4) -> Iterator[SmallDisk]:
    """A disk at `folder` for as long as the `with` block lasts."""
    folder.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "syncd-test", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@cache
def can_mount() -> bool:
    """Whether we may have a disk of our own."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory(prefix="syncd-disk-") as folder:
        try:
            with small_disk(Path(folder)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
