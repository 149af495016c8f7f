"""An account's opening hours for people and for programs. Prints nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from syncd.cli.render import Cell
from syncd.core.schedule import OpeningHours, Weekday, Window
from syncd.flows.hours_there import Compared
from syncd_config import hours_block


def shown_hours(compared: Compared) -> OpeningHours:
    """Those of the account, without exceptions that are over."""
    found = compared.timetable.hours
    coming = tuple(each for each in found.exceptions if each.day >= compared.since)
    return replace(found, exceptions=coming)


def block_of(compared: Compared) -> str:
    """What practice.toml would say at the practitioner, were it so there."""
    there = compared.timetable
    head = (
        f"# {compared.practitioner.id}, as schedule {there.id} has it: {json.dumps(there.name)}\n"
    )
    return head + hours_block(there.timezone, shown_hours(compared))


def told(compared: Compared) -> Iterator[tuple[Cell | str, ...]]:
    """How it differs, a line each, and what else is to be known."""
    there = compared.timetable
    for note in there.notes:
        yield (Cell("there", "warn"), note)
    for other in compared.all:
        if other.id != there.id:
            yield (Cell("beside it", "dim"), f"schedule {other.id}: {json.dumps(other.name)}")
    if compared.in_other_zones:
        zones = f"in {compared.practitioner.timezone} here, in {there.timezone} there"
        yield (Cell("zone", "warn"), zones)
    for each in compared.differences:
        here, opens = _windows(each.ours), _windows(each.theirs)
        yield (Cell(_day(each.day), "warn"), f"{here} here, {opens} there")
    if compared.are_alike:
        yield (Cell("no difference", "good"), f"to the hours of {compared.practitioner.id}")
    for reason in compared.unsayable:
        yield (Cell("cannot be put there", "warn"), reason)


def shape_of(calendar: str, compared: Compared, *, written: bool) -> dict[str, Any]:
    there, hours = compared.timetable, shown_hours(compared)
    return {
        "id": calendar,
        "practitionerId": compared.practitioner.id,
        "timezone": compared.practitioner.timezone,
        "schedule": {
            "id": there.id,
            "name": there.name,
            "timezone": there.timezone,
            "isDefault": there.is_default,
            "hours": [{"day": _day(each.day), **_shape(each.window)} for each in hours.weekly],
            "exceptions": [
                {"date": each.day.isoformat(), "windows": [*map(_shape, each.windows)]}
                for each in hours.exceptions
            ],
            "notes": list(there.notes),
        },
        "schedules": [{"id": each.id, "name": each.name} for each in compared.all],
        "differences": [
            {
                "day": _day(each.day),
                "here": [*map(_shape, each.ours)],
                "there": [*map(_shape, each.theirs)],
            }
            for each in compared.differences
        ],
        "unsayable": list(compared.unsayable),
        "written": written,
    }


def _day(day: Weekday | date) -> str:
    return day.isoformat() if isinstance(day, date) else day.name.lower()


def _windows(windows: Sequence[Window]) -> str:
    return ", ".join(map(str, windows)) or "closed"


def _shape(window: Window) -> dict[str, str]:
    start, _, end = str(window).partition("-")
    return {"start": start, "end": end}
