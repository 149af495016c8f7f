"""Where each key of a TOML text stands, so that a problem can name its line.

Reads only text that `tomllib` has accepted before: it finds places and judges nothing. TOML 1.0.
"""

from __future__ import annotations

import re
import tomllib

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top of the document: ("calendars", 1, "mode")."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_INLINE_BLANK = re.compile(r"[ \t]*")
_KEY_PART = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{1,2}(?!"))?' + r"|'''.*?'''(?:'{1,2}(?!'))?"
    r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table, key and list item in `text`."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.lines: dict[KeyPath, int] = {(): 1}
        self._line = 1
        self._counted = 0
        self._items: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self.text):
            if self._take("[["):
                table = self._next_item(self._parts())
                self._take("]]")
            elif self._take("["):
                table = self._within_items(self._parts())
                self._take("]")
            else:
                self._pair(table)

    def _pair(self, table: KeyPath) -> None:
        path = self._mark(table)
        for part in self._parts():
            path = self._mark((*path, part))
        self._skip(_INLINE_BLANK)
        self._take("=")
        self._skip(_INLINE_BLANK)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if self._take("["):
            position = 0
            while self._skip(_BLANK) >= 0 and not self._take("]"):
                self._value(self._mark((*path, position)))
                position += 1
                self._skip(_BLANK)
                self._take(",")
        elif self._take("{"):
            while self._skip(_BLANK) >= 0 and not self._take("}"):
                self._pair(path)
                self._skip(_BLANK)
                self._take(",")
        else:
            found = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            if found is None:
                raise ValueError(f"no value at line {self._here()}")
            self.at = found.end()

    def _parts(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._skip(_INLINE_BLANK)
            found = _KEY_PART.match(self.text, self.at)
            if found is None:
                raise ValueError(f"no key at line {self._here()}")
            self.at = found.end()
            parts.append(_unquoted(found.group()))
            self._skip(_INLINE_BLANK)
            if not self._take("."):
                return tuple(parts)

    def _next_item(self, parts: tuple[str, ...]) -> KeyPath:
        path = (*self._within_items(parts[:-1]), parts[-1])
        position = self._items.get(path, -1) + 1
        self._items[path] = position
        return self._mark((*self._mark(path), position))

    def _within_items(self, parts: tuple[str, ...]) -> KeyPath:
        """The path of a header, through the latest item of each list of tables on its way."""
        path: KeyPath = ()
        for part in parts:
            path = self._mark((*path, part))
            if path in self._items:
                path = (*path, self._items[path])
        return path

    def _mark(self, path: KeyPath) -> KeyPath:
        self.lines.setdefault(path, self._here())
        return path

    def _here(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _take(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    value: str = tomllib.loads(f"key = {part}")["key"]
    return value
