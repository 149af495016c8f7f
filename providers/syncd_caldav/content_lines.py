"""Read an iCalendar text as lines and components, and write single lines. RFC 5545 §3.1, §3.3.11.

Knows no property by name. All reading is bounded before it starts and linear in the text. Foreign
control characters are tolerated in what is read and never appear in what is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import NamedTuple

MAX_BODY = 1 << 20
"""Octets of one calendar object; anything larger is not even looked at."""
MAX_EVENT = 256 * 1024
"""Characters of one VEVENT, its alarms included."""
MAX_LINES = 40_000
MAX_DEPTH = 8
MAX_COMPONENTS = 4_000
LINE_OCTETS = 75
"""RFC 5545 §3.1: a line SHOULD NOT be longer, the line break not counted."""

_FOLD = re.compile(r"\n[ \t]")
_FOLD_OCTETS = re.compile(rb"\r?\n[ \t]")
_HEAD = re.compile(r'(?:[^":]++|"[^"]*+")*+:')
_PARAMETER = re.compile(r';([^=;:"]++)=((?:"[^"]*+"|[^";])*+)')
_ESCAPE = re.compile(r"\\([\\;,nN])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE_BREAKS = re.compile("\r\n|\r|\n|\x0b|\x0c|\x85|\u2028|\u2029")


class Malformed(ValueError):
    """Why a text cannot be read as a calendar object. Never holds a value of the text, and never
    leaves this package: callers turn it into `Unreadable` or `Rejected`."""


class Property(NamedTuple):
    """One content line, unfolded: `name` in capitals, `params` as written with their leading
    semicolon, `value` as written."""

    name: str
    params: str
    value: str

    def parameters(self) -> dict[str, str]:
        """Parameter values by capitalised name, without their quotes."""
        return {
            name.strip().upper(): value.strip().replace('"', "")
            for name, value in _PARAMETER.findall(self.params)
        }


@dataclass(slots=True)
class Component:
    """A BEGIN … END block: its own unfolded lines, and the blocks inside it."""

    name: str
    lines: list[str] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)
    zones: dict[str, tzinfo] = field(default_factory=dict)
    """What the TZIDs of a VCALENDAR were found to mean, so that it is found out once."""
    _split: list[Property] | None = None

    @property
    def properties(self) -> list[Property]:
        """The lines taken apart, once."""
        if self._split is None:
            self._split = [split_line(line) for line in self.lines]
        return self._split


def decode(body: str | bytes) -> str:
    """The text of a body, without a byte order mark and NULs, which neither XML nor a database can
    carry. Octets that are not UTF-8 are tried unfolded, since old software folds inside characters,
    and are then taken for Latin-1. `Malformed` when it is too large to be looked at."""
    if len(body) > MAX_BODY:
        raise Malformed(f"larger than {MAX_BODY >> 10} KiB")
    if isinstance(body, bytes):
        body = _decode_octets(body)
    elif not body.isascii() and len(body.encode(errors="replace")) > MAX_BODY:
        raise Malformed(f"larger than {MAX_BODY >> 10} KiB")
    if "\0" in body:
        body = body.replace("\0", "")
    if "\n" not in body:
        body = body.replace("\r", "\r\n")  # of old Macintoshes; in XML it would be a line break
    return body.removeprefix("\ufeff")


def _decode_octets(body: bytes) -> str:
    for octets in (body, _FOLD_OCTETS.sub(b"", body)):
        try:
            return octets.decode()
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def parse(text: str) -> Component:
    """The one VCALENDAR of a decoded text. `Malformed` for anything else, for truncated text, and
    beyond the limits."""
    if text.count("\n") > MAX_LINES:
        raise Malformed(f"more than {MAX_LINES} lines")
    unfolded = text.replace("\r\n", "\n")
    if "\n " in unfolded or "\n\t" in unfolded:
        unfolded = _FOLD.sub("", unfolded)
    root = Component("")
    stack = [root]
    count = 0
    for line in unfolded.split("\n"):
        start = line[:6].upper()
        if start == "BEGIN:":
            count += 1
            if count > MAX_COMPONENTS or len(stack) > MAX_DEPTH:
                raise Malformed("too many or too deeply nested components")
            part = Component(line[6:].strip().upper())
            stack[-1].parts.append(part)
            stack.append(part)
        elif start[:4] == "END:":
            name = line[4:].strip().upper()
            if stack.pop().name != name or not stack:
                raise Malformed("END without its BEGIN")
        elif line and line != "\r":
            stack[-1].lines.append(line)
    return _only_calendar(root, is_complete=len(stack) == 1)


def _only_calendar(root: Component, *, is_complete: bool) -> Component:
    if not root.parts or root.parts[0].name != "VCALENDAR":
        raise Malformed("not an iCalendar object")
    if not is_complete:
        raise Malformed("ends in the middle of a component")
    if len(root.parts) > 1:
        raise Malformed("more than one VCALENDAR")
    return root.parts[0]


def split_line(line: str) -> Property:
    """Name, parameters and value of an unfolded line; a line without a colon is all name."""
    colon = line.find(":")
    head = line[:colon] if colon >= 0 else line
    if '"' in head and (found := _HEAD.match(line)):
        colon = found.end() - 1
        head = line[:colon]
    semicolon = head.find(";")
    value = line[colon + 1 :] if colon >= 0 else ""
    if semicolon < 0:
        return Property(head.strip().upper(), "", value)
    return Property(head[:semicolon].strip().upper(), head[semicolon:], value)


def unescape(value: str) -> str:
    """A TEXT value as people see it. RFC 5545 §3.3.11."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def without_controls(value: str) -> str:
    """The value without control characters, line breaks and tabs excepted."""
    return _CONTROLS.sub("", value)


def escape(value: str) -> str:
    r"""A TEXT value for a line: every kind of line break becomes `\n`, controls vanish, so that no
    text can begin a line of its own."""
    if value.isalnum():
        return value
    value = without_controls(_LINE_BREAKS.sub("\n", value))
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def fold(line: str, newline: str = "\r\n") -> str:
    """The line with its line break, folded after at most 75 octets and never inside a character."""
    if len(line) <= LINE_OCTETS and (line.isascii() or len(line.encode()) <= LINE_OCTETS):
        return line + newline
    pieces: list[str] = []
    start = 0
    octets = 0
    for position, character in enumerate(line):
        size = len(character.encode())
        if octets + size > LINE_OCTETS:
            pieces.append(line[start:position])
            start, octets = position, 1
        octets += size
    pieces.append(line[start:])
    return f"{newline} ".join(pieces) + newline
