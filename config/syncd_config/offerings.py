"""How an activity is offered, and when the practice is closed, as practice.toml says it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from syncd.core.ids import PractitionerId, RoomId
from syncd.core.offering import Closure, Offering
from syncd_config.findings import Findings, suggestion
from syncd_config.key_lines import KeyPath
from syncd_config.practice_tables import ActivityTable, ClosureTable
from syncd_config.settings import PracticeDefaults

_LONGEST = timedelta(days=366)


class Known(NamedTuple):
    """The ids that an activity may name."""

    practitioners: tuple[str, ...]
    rooms: tuple[str, ...]


def read_offering(
    row: ActivityTable,
    path: KeyPath,
    findings: Findings,
    *,
    known: Known,
    defaults: PracticeDefaults,
) -> Offering:
    """What the activity's table says; practitioners and rooms that are not `known` are noted."""
    for what, named, there in (
        ("practitioner", row.practitioners, known.practitioners),
        ("room", row.rooms, known.rooms),
    ):
        for position, each in enumerate(named):
            if each not in there:
                place = (*path, f"{what}s", position)
                findings.add(place, f"no {what} {each!r}{suggestion(each, there)}")
    if row.meeting_link and not any(each.is_remote for each in row.meeting_types):
        findings.add((*path, "meeting_link"), "meeting_types name nothing that it could lead to")
    if row.collective and len(set(row.practitioners)) < 2:
        findings.add((*path, "collective"), "practitioners names fewer than two who take part")
    return Offering(
        durations=tuple(_minutes(each) for each in sorted(set(row.more_durations_minutes))),
        step=_minutes(row.step_minutes) if row.step_minutes else None,
        before=_minutes(row.buffer_before_minutes),
        after=_minutes(row.buffer_after_minutes),
        notice=row.notice if "notice" in row.model_fields_set else defaults.notice,
        days_ahead=defaults.days_ahead if row.days_ahead is None else row.days_ahead,
        most_a_day=row.max_per_day,
        most_a_week=row.max_per_week,
        practitioners=tuple(map(PractitionerId, dict.fromkeys(row.practitioners))),
        rooms=tuple(RoomId(each) for each in dict.fromkeys(row.rooms)),
        capacity=row.capacity,
        collective=row.collective,
        acknowledged=row.needs_acknowledgement,
        needs_relationship=row.needs_relationship,
        description=row.description,
        required=tuple(dict.fromkeys(row.required_fields)),
        question=row.custom_field,
        meetings=tuple(dict.fromkeys(row.meeting_types)),
        meeting_link=row.meeting_link,
    )


def read_closures(table: Mapping[str, Any], findings: Findings) -> tuple[Closure, ...]:
    """The practice's closures, by their first day; what is no table is noted elsewhere."""
    rows = table.get("closures")
    found = []
    for position, row in enumerate(rows if isinstance(rows, list) else []):
        place: KeyPath = ("practice", "closures", position)
        entry = findings.check(ClosureTable, row, place) if isinstance(row, dict) else None
        if entry is None:
            continue
        last = entry.last or entry.first
        if last < entry.first:
            findings.add((*place, "last"), f"{last} is before first, {entry.first}")
        elif last - entry.first > _LONGEST:
            findings.add((*place, "last"), "a closure lasts at most a year")
        else:
            found.append(Closure(first=entry.first, last=last, reason=entry.reason))
    return tuple(sorted(found, key=lambda each: (each.first, each.last)))


def _minutes(value: int) -> timedelta:
    return timedelta(minutes=value)
