"""Set up logging: one line for one fact on standard error, with nothing personal in it.

What may be said is a list of keys (`SAFE`), not a list of what may not: a key nobody thought about
shows as hidden, never as a client's name. Other libraries' messages are reduced to where they came
from. Does not decide what is worth logging. Promise P10.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import structlog

from syncd.core.errors import SyncdError

Fields = MutableMapping[str, Any]

SAFE = frozenset({
    "action", "activity", "actor", "address", "advice", "appointment", "at", "attempt", "calendar",
    "code", "cursor", "error", "event", "fence", "flow", "format", "kind", "level", "library",
    "method", "mode", "node", "number", "operation", "path", "phase", "plan", "practice",
    "practitioner", "property", "provider", "reason", "request", "run_id", "schema", "signal",
    "state", "status", "template", "timestamp", "timezone", "version", "why",
})  # fmt: skip
"""Keys whose text is ours to choose: ids, numbers, names of states, reasons. Numbers, times and
truth values pass under any key; a test holds every log call of the project against this list."""

DIGESTED = frozenset({"etag", "href", "ref", "uid"})
"""Shown as eight hexadecimal digits: enough to follow one event through the log. An address in a
calendar often is a person's name, and whoever knows a booking's uid may cancel it."""

HIDDEN = "[hidden]"
MAX_TEXT = 500
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_USERINFO = re.compile(r"(?<=://)[^/\s@]*@")
# It begins where a word does, or a long word would be looked through from each of its letters.
_EMAIL = re.compile(r"(?<![^\s<>@,;:\"'])[^\s<>@,;:\"']++@[^\s<>@,;:\"']+\.\w+")
_CREDENTIALS = re.compile(r"(?i)\b(bearer|basic|digest)\s+\S+")
_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "exception": 3, "critical": 2}


def configure(
    level: str = "info",
    style: str = "auto",
    *,
    stream: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
) -> None:
    """Send the log to `stream` (standard error), from `level` on. May be called again.

    `style`: console, logfmt or json; auto is console on a terminal, else logfmt. Under systemd
    each line begins with its priority (sd-daemon(3)), and the journal's own time is the time.
    """
    stream = stream or sys.stderr
    journal = _is_journal(stream, os.environ if environ is None else environ)
    if style == "auto":
        style = "console" if stream.isatty() else "logfmt"
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _say_what_failed,
        redact,
    ]
    if not journal:
        processors.append(structlog.processors.TimeStamper(fmt="iso", utc=True))
    processors.append(_renderer(style))
    if journal:
        processors.append(_with_priority)
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries()


def redact(_logger: object, _method: str, fields: Fields) -> Fields:
    """A structlog processor: keep what `SAFE` allows, digest references, hide everything else."""
    return {re.sub(r"[^\w.]", "_", key): _value(key, value) for key, value in fields.items()}


def clean(text: str) -> str:
    """`text` on one line, without addresses' user names and passwords, e-mail addresses and
    authorisation headers; shortened to 500 characters."""
    text = _USERINFO.sub("", text)
    text = _CREDENTIALS.sub(rf"\1 {HIDDEN}", text)
    text = _EMAIL.sub(HIDDEN, text)
    text = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _value(key: str, value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case date() | timedelta():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [_value(key, each) for each in value][:50]
        case str():
            return _text(key, value)
        case _:
            return HIDDEN


def _text(key: str, value: str) -> str:
    if key in DIGESTED:
        return "#" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:8]
    if key == "url":
        return _origin(value)
    return clean(value) if key in SAFE else HIDDEN


def _origin(url: str) -> str:
    """Which server, not which account."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return clean(f"{parts.scheme}://{host}{port}") if host else HIDDEN


def _say_what_failed(_logger: object, _method: str, fields: Fields) -> Fields:
    """An exception as its class and its places. Only our own messages are known to hold nothing
    personal."""
    given = fields.pop("exc_info", None)
    failed = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if failed is not None:
        ours = f": {failed}" if isinstance(failed, SyncdError) else ""
        fields.setdefault("error", type(failed).__name__ + ours)
        frames = traceback.extract_tb(failed.__traceback__)[-8:]
        fields["at"] = [
            f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in reversed(frames)
        ]
    return fields


def _renderer(style: str) -> Any:
    match style:
        case "console":
            return structlog.dev.ConsoleRenderer()
        case "json":
            return structlog.processors.JSONRenderer(ensure_ascii=False)
        case _:
            return structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event"], drop_missing=True, bool_as_flag=False
            )


def _with_priority(_logger: object, method: str, line: str) -> str:
    return f"<{_PRIORITY.get(method, 6)}>{line}"


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is the one that systemd connected to the journal (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class _Lines:
    """The end of the chain. A log that cannot be written must not stop a sync."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = error = exception = critical = msg


class _Libraries(logging.Handler):
    """What other libraries log, as a fact of ours: who, where, and the text without its values."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(
            min(record.levelno, logging.ERROR),
            "library_message",
            library=record.name,
            at=f"{Path(record.pathname).name}:{record.lineno}",
            template=str(record.msg) if record.args else None,
            exc_info=record.exc_info[1] if record.exc_info else None,
        )


def _take_over_libraries() -> None:
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries(logging.WARNING))
    root.setLevel(logging.WARNING)
