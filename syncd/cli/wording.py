"""How single values read to a person: statuses, conflicts, journal entries. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.cli.render import Cell
from syncd.cli.times import moved, spoken
from syncd.core.appointment import Appointment, Link, LinkState, Status
from syncd.core.journal import Entry
from syncd.core.practice import Practitioner
from syncd.core.schedule import Weekday
from syncd.core.time import to_utc

_STATUS_TONES = {
    Status.PENDING: "warn",
    Status.PROPOSED: "warn",
    Status.CANCELLED: "dim",
    Status.NOSHOW: "dim",
    Status.ENTERED_IN_ERROR: "dim",
}
_LINK_TONES = {
    LinkState.IN_SYNC: "good",
    LinkState.PENDING_WRITE: "warn",
    LinkState.CONFLICT: "bad",
    LinkState.SUSPENDED: "warn",
    LinkState.GONE: "dim",
}
_WORST_FIRST = (
    LinkState.CONFLICT,
    LinkState.SUSPENDED,
    LinkState.PENDING_WRITE,
    LinkState.IN_SYNC,
    LinkState.GONE,
)
_NOT_NEWS = frozenset(
    {"id", "version", "createdAt", "timezone", "end", "noticeHours", "cancelledBy", "reason"}
)
"""Keys of a journalled state that change with others, or tell a person nothing."""


def status_cell(appointment: Appointment) -> Cell:
    """The status, with the flags that a person should see."""
    flags = ", ".join(sorted(each.value for each in appointment.flags))
    text = f"{appointment.status.value} ({flags})" if flags else appointment.status.value
    return Cell(text, _STATUS_TONES.get(appointment.status, ""))


def standing_of(link: Link, appointment: Appointment) -> LinkState:
    """How a link stands now: in sync only when the calendar knows this very version."""
    known = link.pushed_version == appointment.version
    if link.state is LinkState.IN_SYNC and not known:
        return LinkState.PENDING_WRITE
    return link.state


def link_cell(state: LinkState) -> Cell:
    return Cell(state.value, _LINK_TONES[state])


def links_cell(appointment: Appointment, links: Iterable[Link]) -> Cell:
    """How an appointment stands to all its calendars: the worst, and of how many it is true."""
    states = [standing_of(each, appointment) for each in links]
    if not states:
        return Cell("-", "dim")
    worst = min(states, key=_WORST_FIRST.index)
    cell = link_cell(worst)
    if len(states) == 1:
        return cell
    return Cell(f"{cell.text} ({states.count(worst)} of {len(states)})", cell.tone)


def hours_of(practitioner: Practitioner) -> str:
    """`mon-fri 09:00-17:00`: the weekly windows, days with the same ones together."""
    days: dict[str, list[Weekday]] = {}
    for day in Weekday:
        windows = [each.window for each in practitioner.hours.weekly if each.day is day]
        if windows:
            text = ", ".join(f"{each.start:%H:%M}-{each.end:%H:%M}" for each in windows)
            days.setdefault(text, []).append(day)
    return "; ".join(f"{_run(each)} {text}" for text, each in days.items()) or "none"


def _run(days: list[Weekday]) -> str:
    names = [each.name.lower() for each in days]
    together = len(days) > 2 and days[-1] - days[0] == len(days) - 1
    return f"{names[0]}-{names[-1]}" if together else ",".join(names)


def short_ref(ref: str | None) -> Cell:
    """The end of an address in a calendar: enough to find it, short enough for a table."""
    name = (ref or "").rstrip("/").rpartition("/")[2]
    return Cell(name if len(name) <= 24 else f"…{name[-23:]}", "dim")


def side_of(side: Mapping[str, object] | None, tz: ZoneInfo) -> str:
    """One side of a conflict in words."""
    if side is None:
        return "nothing"
    words = []
    start, end = _instant(side.get("start")), _instant(side.get("end"))
    if start is not None:
        words.append(spoken(start, tz, end))
    rest = (f"{key} {value}" for key, value in side.items() if key not in ("start", "end"))
    return ", ".join([*words, *rest]) or "nothing"


def subject_of(entry: Entry) -> str:
    """What an entry is about: an appointment's number where one is known."""
    for state in (entry.state_after, entry.state_before):
        if state and isinstance(number := state.get("number"), str):
            return number
    return f"{entry.subject_kind} {entry.subject_id[:8]}"


def changed_in(entry: Entry, tz: ZoneInfo) -> str:
    """What an entry changed, in words; what a new thing is like, by its time."""
    before, after = entry.state_before, entry.state_after
    if after is None:
        return "removed" if before else ""
    if before is None:
        start, end = _instant(after.get("start")), _instant(after.get("end"))
        return spoken(start, tz, end) if start else ""
    return ", ".join(
        f"{_spaced(key)} {_difference(before.get(key), value, tz)}"
        for key, value in after.items()
        if key not in _NOT_NEWS and before.get(key) != value
    )


def _difference(before: object, after: object, tz: ZoneInfo) -> str:
    was, now = _instant(before), _instant(after)
    if was is not None and now is not None:
        return moved(was, now, tz)
    return f"{_value(before, tz)} → {_value(after, tz)}"


def _spaced(key: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in key)


def _value(value: object, tz: ZoneInfo) -> str:
    instant = _instant(value)
    if instant is not None:
        return spoken(instant, tz)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        return to_utc(datetime.fromisoformat(value))
    except ValueError:
        return None
