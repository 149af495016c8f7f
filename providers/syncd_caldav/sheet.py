"""The lines of a calendar object as they lie on paper: replace a few, keep all others to the octet.

Knows only where the one VEVENT and its own properties stand, not what they mean.
"""

from __future__ import annotations

import re

from syncd_caldav.content_lines import Property, fold, split_line

_LOGICAL = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*+\n?")
_FOLD = re.compile(r"\r?\n[ \t]")


class Sheet:
    """A decoded calendar object with exactly one VEVENT. New lines get its kind of line break."""

    def __init__(self, text: str) -> None:
        self._raw: list[str] = [raw for raw in _LOGICAL.findall(text) if raw]
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._at: dict[str, int] = {}
        self._added: dict[str, str] = {}
        self._blocks: list[str] = []
        self._before_components = 0
        self._after_properties = 0
        self.is_changed = False
        self._locate()

    def _locate(self) -> None:
        """Find the VEVENT's own properties, the place after the last of them, and the place before
        the object's first component."""
        path: list[str] = []
        for index, raw in enumerate(self._raw):
            line = _unfold(raw)
            start = line[:6].upper()
            if start == "BEGIN:" or start[:4] == "END:":
                if path == ["VCALENDAR", "VEVENT"] and not self._after_properties:
                    self._after_properties = index
                if path == ["VCALENDAR"] and not self._before_components:
                    self._before_components = index
                if start == "BEGIN:":
                    path.append(line[6:].strip().upper())
                else:
                    path.pop()
            elif path == ["VCALENDAR", "VEVENT"] and line:
                self._at.setdefault(split_line(line).name, index)

    def find(self, name: str) -> Property | None:
        """The first property of that name in the VEVENT itself, as it stands now."""
        raw = self._added.get(name) or (self._raw[self._at[name]] if name in self._at else "")
        return split_line(_unfold(raw)) if raw else None

    def put(self, name: str, line: str) -> None:
        """Write `line` in the place of the property `name`, or after the event's other ones."""
        written = fold(line, self._newline)
        if name in self._at:
            self._raw[self._at[name]] = written
        else:
            self._added[name] = written
        self.is_changed = True

    def drop(self, name: str) -> None:
        """Take the property out; nothing happens where there is none."""
        if name in self._at:
            self._raw[self._at.pop(name)] = ""
            self.is_changed = True

    def add_component(self, block: str) -> None:
        """Put a whole block, its lines ending in CRLF, before the first component."""
        self._blocks.append(block.replace("\r\n", self._newline))
        self.is_changed = True

    def text(self) -> str:
        parts = list(self._raw)
        parts[self._after_properties : self._after_properties] = self._added.values()
        parts[self._before_components : self._before_components] = self._blocks
        return "".join(parts)


def _unfold(raw: str) -> str:
    line = raw.rstrip("\r\n")
    return _FOLD.sub("", line) if "\n" in line else line
