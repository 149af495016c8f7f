"""Gather the settings from where they may stand, and say for each wrong one where that was.

pydantic-settings decides whose value holds; the sources are our own, since each must know the name
and line under which a person wrote it. The environment comes in as a value.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd_config.document import Document, read_document
from syncd_config.fields import home_expanded
from syncd_config.findings import explain, known_keys
from syncd_config.settings import Settings

PREFIX = "SYNCD_"
ALIASES = {
    "APPOINTMENT_NUMBER_PREFIX": "number_prefix",
    "DEFAULT_APPOINTMENT_DURATION": "default_duration_minutes",
    "MIN_ADVANCE_BOOKING_HOURS": "default_notice_hours",
    "MAX_FUTURE_BOOKING_DAYS": "default_days_ahead",
    "MAX_APPTS_PER_PATIENT": "default_max_ahead_per_client",
}
"""Environment variables of other names that mean a setting; the `SYNCD_…` one wins."""
SYSTEM_FILE = Path("/etc/syncd/syncd.toml")
SERVICE_STATE = Path("/var/lib/syncd")
"""The unit's StateDirectory=, and the home of its user (systemd/syncd.sysusers)."""
_NOT_SETTINGS = ("CONFIG", "NODE")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings, the file that was read if any, and for each key where its value stood:
    "default", the file's name, "environment" or "credential"."""

    settings: Settings
    file: Path | None
    origins: Mapping[str, str]


@dataclass(slots=True)
class _Place:
    """One place where settings stand: its values, what each is called there, what is wrong."""

    origin: str
    values: dict[str, Any] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, key: str, value: object, *, spoken: str) -> None:
        self.values[key] = value
        self.spoken[key] = spoken


class _Source(PydanticBaseSettingsSource):
    """A place, as pydantic-settings asks for its values."""

    def __init__(self, settings_cls: type[BaseSettings], place: _Place) -> None:
        super().__init__(settings_cls)
        self.place = place

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002  the library's signature
        return self.place.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self.place.values)


def load_settings(
    environ: Mapping[str, str], *, path: Path | None = None, root: bool | None = None
) -> LoadedSettings:
    """The settings that hold for a process with this environment. Raises `Invalid` with every
    problem. `path` (of `--config`) goes before $SYNCD_CONFIG, ./syncd.toml, /etc/syncd/syncd.toml;
    the last two may be missing. `root`: whether the process is root, where not as it is."""
    file = settings_file(environ, path=path)
    document = read_document(file) if file else None
    places = [_in_credentials(environ), _in_environment(environ), _in_file(document)]
    places.append(_by_default(places, environ, root=os.geteuid() == 0 if root is None else root))
    problems = [problem for place in places for problem in place.problems]
    try:
        settings = _read(places)
    except ValidationError as exc:
        for error in exc.errors(include_url=False):
            key = str(error["loc"][0])
            what = explain(error, known_keys(Settings))
            problems.append(_problem(key, what, _place_of(key, places), document))
        raise Invalid(sorted(problems, key=lambda each: each.line or 0)) from None
    if problems:
        raise Invalid(problems)
    origins = {key: _place_of(key, places).origin for key in Settings.model_fields}
    return LoadedSettings(settings, file, origins)


def settings_file(environ: Mapping[str, str], *, path: Path | None = None) -> Path | None:
    """The file that holds; None when there is none. One that was named must exist."""
    named = path or (Path(environ["SYNCD_CONFIG"]) if environ.get("SYNCD_CONFIG") else None)
    if named is not None:
        return named
    # Somebody who may not look into the folder that they stand in has no file there.
    if _is_there(Path("syncd.toml"), if_hidden=False):
        return Path("syncd.toml")
    return SYSTEM_FILE if _is_there(SYSTEM_FILE, if_hidden=True) else None


def _is_there(path: Path, *, if_hidden: bool) -> bool:
    """Whether there is something at `path`; `if_hidden` where that cannot be told: reading it then
    says what is in the way."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return if_hidden
    return True


def default_state_directory(environ: Mapping[str, str], *, root: bool) -> Path:
    """systemd's own word first; then the service's place for root and for the service's own user,
    who lives there: its ledger is the one that they mean. Else where this person's state belongs
    (XDG)."""
    if given := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
        return Path(given)
    if root or environ.get("HOME") == str(SERVICE_STATE):
        return SERVICE_STATE
    if (state := environ.get("XDG_STATE_HOME", "")).startswith("/"):
        return Path(state) / "syncd"
    try:
        home = home_expanded(environ.get("HOME") or "~")
    except ValueError:  # a user without an entry, as in a container
        return SERVICE_STATE
    return home / ".local/state/syncd"


def _read(places: Sequence[_Place]) -> Settings:
    """The settings, an earlier place before a later one."""

    class Here(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(_Source(settings_cls, place) for place in places)

    given: dict[str, Any] = {}
    return Settings.model_construct(**dict(Here(**given)))


def _place_of(key: str, places: Sequence[_Place]) -> _Place:
    return next((place for place in places if key in place.values), _Place("default"))


def _in_file(document: Document | None) -> _Place:
    place = _Place(document.name if document else "file")
    for key, value in (document.values if document else {}).items():
        place.put(key, value, spoken=key)
    return place


def _in_environment(environ: Mapping[str, str]) -> _Place:
    place = _Place("environment")
    for name, key in ALIASES.items():
        if environ.get(name):
            place.put(key, environ[name], spoken=name)
    others = {PREFIX + each for each in _NOT_SETTINGS}
    known = [*others, *(PREFIX + each.upper() for each in known_keys(Settings))]
    for name, value in environ.items():
        if name in known and name not in others and value:
            place.put(name[len(PREFIX) :].lower(), value, spoken=name)
        elif name.startswith(PREFIX) and name not in known:
            # Others may use the prefix (a container platform does): only a near miss is an error.
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
            if near:
                what = f"unknown variable; did you mean {near[0]!r}?"
                place.problems.append(Problem(where=name, what=what, file="environment"))
    return place


def _in_credentials(environ: Mapping[str, str]) -> _Place:
    place = _Place("credential")
    directory = environ.get("CREDENTIALS_DIRECTORY")
    for key in known_keys(Settings) if directory else ():
        name = f"syncd.{key}"
        path = Path(directory or "") / name
        if _is_there(path, if_hidden=True):
            try:
                value = path.read_text(encoding="utf-8").strip()
            except (OSError, ValueError):
                place.problems.append(Problem(where=name, what="cannot be read", file="credential"))
            else:
                place.put(key, value, spoken=name)
    return place


def _by_default(places: Sequence[_Place], environ: Mapping[str, str], *, root: bool) -> _Place:
    """Where syncd keeps its files when nobody says."""
    given = _place_of("state_directory", places).values.get("state_directory")
    state = given or default_state_directory(environ, root=root)
    database = f"sqlite:///{state}/ledger.sqlite3"
    return _Place("default", {"state_directory": state, "database_url": database})


def _problem(key: str, what: str, place: _Place, document: Document | None) -> Problem:
    in_file = document is not None and place.origin == document.name
    line = document.line_of((key,)) if document and in_file else None
    return Problem(where=place.spoken.get(key, key), what=what, line=line, file=place.origin)
