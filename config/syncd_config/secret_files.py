"""Make the file that a `file:` reference names, once, with a secret in it.

Never writes over one that is there, nor shows what is in it. Other kinds of reference name what
somebody else keeps, and are only read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from syncd.core.errors import Invalid
from syncd_config.secret_references import file_of, resolve_secret


def secret_at(
    reference: str, environ: Mapping[str, str], make: Callable[[], str]
) -> tuple[str, bool]:
    """The secret that `reference` names, and whether it was made now: where it is a file that is
    not there yet. Of two who make it at once, both get the one that is there. Raises `Invalid`."""
    path = file_of(reference)
    is_new = False
    if path is not None and not os.path.lexists(path):
        try:
            is_new = _written(path, make() + "\n")
        except OSError as exc:
            reason = (exc.strerror or "cannot be written").lower()
            raise Invalid(f"{reference}: cannot be made: {reason}") from exc
    return resolve_secret(reference, environ), is_new


def _written(path: Path, text: str) -> bool:
    """Whole or not at all, on disk, and for its owner alone: the folder's, where root writes it,
    for that is who reads it later. False where somebody was faster."""
    folder = path.parent
    _make_folder(folder)
    partial = folder / f".{path.name}.{os.getpid()}"
    with suppress(FileNotFoundError):
        partial.unlink()
    number = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(number)
        _hand_over(partial, folder)
        os.link(partial, path)
    except FileExistsError:
        return False
    finally:
        partial.unlink()
    _sync(folder)
    return True


def _make_folder(folder: Path) -> None:
    """With those above it: before its first start syncd has no folder at all."""
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _hand_over(folder, folder.parent)


def _hand_over(path: Path, folder: Path) -> None:
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
