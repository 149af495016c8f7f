"""Gather the settings from where they may stand, and say for each wrong one where that was.

Reads the file and the systemd credentials; the environment comes in as a value.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syncd.core.errors import Invalid, Problem
from syncd_config.document import Document, read_document
from syncd_config.findings import explain, known_keys
from syncd_config.settings import Settings

PREFIX = "SYNCD_"
ALIASES = {
    "APPOINTMENT_NUMBER_PREFIX": "number_prefix",
    "DEFAULT_APPOINTMENT_DURATION": "default_duration_minutes",
}
"""Environment variables of other names that mean a setting; the `SYNCD_…` one wins."""
SYSTEM_FILE = Path("/etc/syncd/syncd.toml")
_NOT_SETTINGS = ("CONFIG", "NODE")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, the file that was read if any, and for each key where its value stood:
    "default", the file's name, "environment" or "credential"."""

    settings: Settings
    file: Path | None
    origins: Mapping[str, str]


@dataclass(slots=True)
class _Gathered:
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, key: str, value: object, *, origin: str, spoken: str) -> None:
        self.values[key] = value
        self.origins[key] = origin
        self.spoken[key] = spoken


def load_settings(
    environ: Mapping[str, str], *, path: Path | None = None, root: bool | None = None
) -> LoadedSettings:
    """The settings that hold for a process with this environment. Raises `Invalid` with every
    problem. `path` (of `--config`) goes before $SYNCD_CONFIG, ./syncd.toml, /etc/syncd/syncd.toml;
    the last two may be missing. `root`: whether the process is root, where not as it is."""
    file = settings_file(environ, path=path)
    document = read_document(file) if file else None
    found = _Gathered()
    _from_file(document, found)
    _from_environment(environ, found)
    _from_credentials(environ, found)
    _fill_places(found, environ, root=os.geteuid() == 0 if root is None else root)
    try:
        settings = Settings.model_validate(found.values)
    except ValidationError as exc:
        for error in exc.errors(include_url=False):
            key = str(error["loc"][0])
            found.problems.append(
                _problem(key, explain(error, known_keys(Settings)), found, document)
            )
        raise Invalid(sorted(found.problems, key=lambda each: each.line or 0)) from None
    if found.problems:
        raise Invalid(found.problems)
    origins = {key: found.origins.get(key, "default") for key in Settings.model_fields}
    return LoadedSettings(settings, file, origins)


def settings_file(environ: Mapping[str, str], *, path: Path | None = None) -> Path | None:
    """The file that holds; None when there is none. One that was named must exist."""
    named = path or (Path(environ["SYNCD_CONFIG"]) if environ.get("SYNCD_CONFIG") else None)
    if named is not None:
        return named
    return next((each for each in (Path("syncd.toml"), SYSTEM_FILE) if each.exists()), None)


def default_state_directory(environ: Mapping[str, str], *, root: bool) -> Path:
    """systemd's own word first; then where root's, or this person's, state belongs (XDG)."""
    if given := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given)
    if root:
        return Path("/var/lib/syncd")
    if (state := environ.get("XDG_STATE_HOME", "")).startswith("/"):
        return Path(state) / "syncd"
    return Path(environ.get("HOME") or "~").expanduser() / ".local/state/syncd"


def _from_file(document: Document | None, found: _Gathered) -> None:
    for key, value in (document.values if document else {}).items():
        found.put(key, value, origin=document.name if document else "", spoken=key)


def _from_environment(environ: Mapping[str, str], found: _Gathered) -> None:
    for name, key in ALIASES.items():
        if environ.get(name):
            found.put(key, environ[name], origin="environment", spoken=name)
    others = {PREFIX + each for each in _NOT_SETTINGS}
    known = [*others, *(PREFIX + each.upper() for each in known_keys(Settings))]
    for name, value in environ.items():
        if name in known and name not in others and value:
            found.put(name[len(PREFIX) :].lower(), value, origin="environment", spoken=name)
        elif name.startswith(PREFIX) and name not in known:
            # Others may use the prefix (a container platform does): only a near miss is an error.
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
            if near:
                what = f"unknown variable; did you mean {near[0]!r}?"
                found.problems.append(Problem(where=name, what=what, file="environment"))


def _from_credentials(environ: Mapping[str, str], found: _Gathered) -> None:
    directory = environ.get("CREDENTIALS_DIRECTORY")
    for key in known_keys(Settings) if directory else ():
        name = f"syncd.{key}"
        path = Path(directory or "") / name
        if path.exists():
            try:
                value = path.read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                found.problems.append(Problem(where=name, what="cannot be read", file="credential"))
            else:
                found.put(key, value, origin="credential", spoken=name)


def _fill_places(found: _Gathered, environ: Mapping[str, str], *, root: bool) -> None:
    state = found.values.setdefault("state_directory", default_state_directory(environ, root=root))
    found.values.setdefault("database_url", f"sqlite:///{state}/ledger.sqlite3")


def _problem(key: str, what: str, found: _Gathered, document: Document | None) -> Problem:
    origin = found.origins.get(key, "default")
    line = document.line_of((key,)) if document and origin == document.name else None
    return Problem(where=found.spoken.get(key, key), what=what, line=line, file=origin)
