"""Read a configuration file into plain values, with the line of every key.

Does not know what the keys mean. Every way in which a file can be unreadable ends in one clear
`Invalid`: nothing of the file's content is quoted, it may hold a secret.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd_config.key_lines import KeyPath, key_lines

MAX_BYTES = 1 << 20
MAX_PARTS = 8
"""Of a dotted key: each part costs as much as all before it."""
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+"""
_DEEP_KEY = re.compile(
    rf"(?m)(?:^[ \t]*+\[{{0,2}}|[{{,])[ \t]*+(?:{_PART}\.[ \t]*+){{{MAX_PARTS}}}"
)
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)| ?\(at end of document\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A TOML file: its values and where they stand. `name` is the path as the admin gave it."""

    name: str
    values: Mapping[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line_of(self, path: KeyPath) -> int | None:
        """The line of `path`, or of the nearest key around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_document(path: Path) -> Document:
    """The file at `path`. Raises `Invalid`: missing, not a file, unreadable, over 1 MiB, not UTF-8,
    not TOML."""
    text = _text(path)
    if found := _DEEP_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _unusable(path, f"a key of more than {MAX_PARTS} parts", line)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _unusable(path, *_place(str(exc), text)) from exc
    except RecursionError as exc:
        raise _unusable(path, "lists or tables are nested too deeply") from exc
    except ValueError as exc:  # Python reads no number of more than 4300 digits
        raise _unusable(path, "is not TOML that can be used: a number is too long") from exc
    return Document(name=str(path), values=values, lines=key_lines(text))


def _text(path: Path) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _unusable(path, "is not a file")
        if status.st_size > MAX_BYTES:
            raise _unusable(path, "is larger than 1 MiB; is this the right file?")
        content = path.read_bytes()
    except FileNotFoundError as exc:
        raise _unusable(path, "there is no such file") from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "bad path"
        raise _unusable(path, f"cannot be read: {reason.lower()}") from exc
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise _unusable(path, "is not UTF-8 text", line) from exc


def _place(message: str, text: str) -> tuple[str, int]:
    """What tomllib says, and the line that it says it about."""
    found = _AT_LINE.search(message)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    what = _AT_LINE.sub("", message)
    return f"is not TOML: {what[:1].lower()}{what[1:]}", line


def _unusable(path: Path, what: str, line: int | None = None) -> Invalid:
    return Invalid([Problem(where="", what=what, line=line, file=str(path))])
