"""What servers make of an event before they keep it: each function one habit, text to text.

Works on content lines, without any iCalendar library, so that no library's habits are mixed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_FLOATING = re.compile(r"(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE):(\d{8}T\d{6})$")
_TIME = re.compile(r"(DTSTART|DTEND)((?:;[^:]*)?):(.*)$")


@dataclass(slots=True)
class Component:
    name: str
    lines: list[str] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)


def unfolded(text: str) -> list[str]:
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def reordered(text: str) -> str:
    """Radicale and Xandikos: the properties of each event, and their parameters, by name."""

    def change(component: Component) -> None:
        if component.name == "VEVENT":
            component.lines = sorted(_with_sorted_parameters(line) for line in component.lines)

    return _in_each(text, change)


def cuts_extensions(text: str) -> str:
    """Radicale: what follows a bare comma in the value of an X- property is lost."""
    return _line_by_line(text, _cut)


def drops_unknown_components(text: str) -> str:
    """Cyrus: a BEGIN:X-… inside an event is dropped without a word."""

    def change(component: Component) -> None:
        component.parts = [part for part in component.parts if not part.name.startswith("X-")]

    return _in_each(text, change)


def splits_lists(text: str) -> str:
    """Cyrus: one line for each category and each exception."""

    def change(component: Component) -> None:
        component.lines = [single for line in component.lines for single in _split(line)]

    return _in_each(text, change)


def adds_class(text: str) -> str:
    """SOGo: CLASS:PUBLIC in each event that has no class."""

    def change(component: Component) -> None:
        if component.name == "VEVENT" and not any(each[:5] == "CLASS" for each in component.lines):
            component.lines.append("CLASS:PUBLIC")

    return _in_each(text, change)


def pins_floating_times(text: str) -> str:
    """SOGo: a floating time becomes one of Etc/UTC."""
    return _line_by_line(text, lambda line: _FLOATING.sub(r"\1;TZID=Etc/UTC:\2", line))


def escapes_semicolons(text: str) -> str:
    """SOGo: bare semicolons in the values of X- properties."""
    return _line_by_line(
        text,
        lambda line: _in_value(line, lambda value: re.sub(r"(?<!\\);", r"\\;", value)),
    )


def drops_empty_properties(text: str) -> str:
    """SOGo: a property without a value is gone."""

    def change(component: Component) -> None:
        component.lines = [line for line in component.lines if not line.endswith(":")]

    return _in_each(text, change)


def turns_backwards_events(text: str) -> str:
    """SOGo: an event that ends before it starts is turned round."""

    def change(component: Component) -> None:
        found = {m[1]: m for line in component.lines if (m := _TIME.match(line))}
        if component.name != "VEVENT" or len(found) < 2:
            return
        start, end = found["DTSTART"], found["DTEND"]
        if start[2] == end[2] and end[3] < start[3]:
            kept = [line for line in component.lines if not _TIME.match(line)]
            turned = [f"DTSTART{start[2]}:{end[3]}", f"DTEND{start[2]}:{start[3]}"]
            component.lines = kept + turned

    return _in_each(text, change)


def destroys_when_folding(text: str) -> str:
    """SOGo: where its own folding, at 75 octets, falls inside a character of four, nothing is left
    but "(null)"."""
    for line in unfolded(text):
        octets = line.encode()
        for cut in range(75, len(octets), 74):
            begin = next(at for at in range(cut, cut - 4, -1) if octets[at] & 0xC0 != 0x80)
            if begin != cut and octets[begin] >= 0xF0:
                return "(null)"
    return text


def reports_scheduling(text: str) -> str:
    """sabre/dav 4 and DAViCal: they invite, and say so on each attendee's line, unless the client
    says that it does."""
    if not is_scheduled(text):
        return text
    return _line_by_line(
        text,
        lambda line: (
            line.replace("ATTENDEE", "ATTENDEE;SCHEDULE-STATUS=1.2", 1)
            if line.startswith("ATTENDEE") and "SCHEDULE-" not in line
            else line
        ),
    )


def is_scheduled(text: str) -> bool:
    """Whether a server that schedules takes part in this event."""
    lines = unfolded(text)
    guests = [line for line in lines if line.startswith("ATTENDEE")]
    hosted = any(line.startswith("ORGANIZER") for line in lines)
    return hosted and any("SCHEDULE-AGENT=CLIENT" not in line.upper() for line in guests)


def _with_sorted_parameters(line: str) -> str:
    head, colon, value = line.partition(":")
    if '"' in head or ";" not in head:
        return line
    name, *parameters = head.split(";")
    return ";".join([name, *sorted(parameters)]) + colon + value


def _cut(line: str) -> str:
    return _in_value(line, lambda value: re.split(r"(?<!\\),", value, maxsplit=1)[0])


def _in_value(line: str, change: Callable[[str], str]) -> str:
    """An X- property with its value changed; the head ends at the first colon outside quotes."""
    if not line.upper().startswith("X-"):
        return line
    found = re.match(r'((?:[^":]|"[^"]*")*):(.*)$', line, re.DOTALL)
    return f"{found[1]}:{change(found[2])}" if found else line


def _split(line: str) -> list[str]:
    head, colon, value = line.partition(":")
    if head.partition(";")[0] not in ("CATEGORIES", "EXDATE"):
        return [line]
    return [head + colon + each for each in re.split(r"(?<!\\),", value)]


def _line_by_line(text: str, change: Callable[[str], str]) -> str:
    return _written(change(line) for line in unfolded(text))


def _in_each(text: str, change: Callable[[Component], None]) -> str:
    root = Component("")
    open_: list[Component] = [root]
    for line in unfolded(text):
        word, _, name = line.upper().partition(":")
        if word == "BEGIN":
            open_[-1].parts.append(part := Component(name))
            open_.append(part)
        elif word == "END" and len(open_) > 1:
            change(open_.pop())
        else:
            open_[-1].lines.append(line)
    return _written(each for part in root.parts for each in _flat(part))


def _flat(component: Component) -> Iterator[str]:
    yield f"BEGIN:{component.name}"
    yield from component.lines
    for part in component.parts:
        yield from _flat(part)
    yield f"END:{component.name}"


def _written(lines: Iterator[str]) -> str:
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _folded(line: str) -> str:
    """At 75 octets, never inside a character. RFC 5545 §3.1."""
    out, length = [], 0
    for char in line:
        size = len(char.encode())
        if length + size > 75:
            out.append("\r\n ")
            length = 1
        out.append(char)
        length += size
    return "".join(out)
