"""The doors for what an admin writes: TOML, variables, references, words of a command line."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from syncd import log
from syncd.cli import render, times
from syncd.core.errors import Invalid, SyncdError
from syncd.core.ids import is_number
from syncd.core.time import zone
from syncd.ledger.engine import parse_address
from syncd_caldav import kind
from syncd_config import load_practice, load_settings, resolve_secret
from syncd_config.document import read_document
from syncd_config.sources import ALIASES

from .targets import require, require_quiet

_MEMORY = Path("/dev/shm")
_FOLDER = Path(tempfile.mkdtemp(prefix="syncd-hostile-", dir=_MEMORY if _MEMORY.is_dir() else None))
BERLIN = ZoneInfo("Europe/Berlin")
_VARIABLES = frozenset((*ALIASES, "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "HOME"))


def document(data: bytes) -> None:
    """Any TOML file: its values are those that `tomllib` reads, each key has a line."""
    path = _written(data)
    with _only_invalid():
        found = read_document(path)
        require(found.values == tomllib.loads(data.decode("utf-8-sig")), "other values")
        last = data.count(b"\n") + 1
        require(all(0 < line <= last for line in found.lines.values()), "a line that is none")
        for key in found.values:
            require((key,) in found.lines, "a key without a line")


def settings_document(data: bytes) -> None:
    """syncd.toml."""
    path = _written(data)
    with _only_invalid():
        load_settings({"HOME": "/root"}, path=path, root=True).settings.shown()


def practice_document(data: bytes) -> None:
    """practice.toml."""
    path = _written(data)
    with _only_invalid():
        found = load_practice(path, {"caldav": kind})
        text = repr(found.practice) + repr(found.calendars)
        require("\0" not in text, "a NUL came through")


def environment(data: bytes) -> None:
    """Variables, `NAME=value` on a line; a name without a prefix of its own gets ours."""
    environ = {}
    for line in data.decode("utf-8", "surrogateescape").replace("\0", "").split("\n"):
        name, equals, value = line.partition("=")
        if equals and name:
            environ[name if name in _VARIABLES else f"SYNCD_{name.upper()}"] = value
    environ.pop("SYNCD_CONFIG", None)
    with _only_invalid():
        loaded = load_settings(environ, root=False)
        loaded.settings.shown()
        parse_address(loaded.settings.database_url)


def reference(data: bytes) -> None:
    """Where a secret is said to be. No command is run here."""
    text = data.decode("utf-8", "surrogateescape").replace("\0", "")
    if text.startswith("command:"):
        return
    environ = {"NAME": "Value7Canary", "CREDENTIALS_DIRECTORY": str(_FOLDER)}
    try:
        with _here(_FOLDER):
            resolve_secret(text, environ)
    except Invalid as problem:
        require("Value7Canary" not in str(problem), "a message repeats a secret")


def words(data: bytes) -> None:
    """What people type for times, numbers and zones; and any text on its way to a screen or log."""
    text = data.decode("utf-8", "surrogateescape").replace("\0", "")
    parse: tuple[Callable[[], object], ...] = (
        lambda: times.parse_start(text, BERLIN),
        lambda: times.parse_moment(text, BERLIN),
        lambda: times.parse_day(text, BERLIN),
        lambda: zone(text),
        lambda: parse_address(text),
    )
    for each in parse:
        with suppress(SyncdError):
            each()
    require(is_number(text) in (True, False), "neither a number nor none")
    for cleaned in (render.clean(text), log.clean(text)):
        require(not any(ord(char) < 0x20 or ord(char) == 0x7F for char in cleaned), "a control")
    shown = log.redact(None, "info", {"uid": text, "url": text, "reason": text, "name": text})
    require(shown["name"] == log.HIDDEN, "a name in the log")


def _written(data: bytes) -> Path:
    path = _FOLDER / f"{os.getpid()}.toml"
    path.write_bytes(data)
    return path


class _only_invalid:  # noqa: N801  reads as what it does
    """Lets `Invalid` end the block, with a message that repeats no value."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind_: object, problem: BaseException | None, trace: object) -> bool:
        if isinstance(problem, Invalid):
            for each in problem.problems:
                require_quiet(each.what)
            return True
        return False


class _here:  # noqa: N801  reads as what it does
    """Relative paths lead into an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._back = folder

    def __enter__(self) -> None:
        self._back = Path.cwd()
        os.chdir(self._folder)

    def __exit__(self, *_: object) -> None:
        os.chdir(self._back)
