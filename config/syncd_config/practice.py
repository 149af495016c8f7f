"""practice.toml: what a practice is made of, as core values, with all its problems at once.

Does not touch the ledger and asks no server: applying the file is a flow's business. A calendar's
own settings are judged by its provider, which is passed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from syncd.core.ids import ActivityId, PracticeId, PractitionerId, RoomId
from syncd.core.practice import Activity, Calendar, Keeper, Practice, Practitioner, Room
from syncd.core.problem import Problem
from syncd.ports import ProviderKind
from syncd_config.calendars import Surroundings, read_calendar, refuse_shared_urls
from syncd_config.document import Document, read_document
from syncd_config.findings import Findings, suggestion
from syncd_config.hours import read_hours
from syncd_config.key_lines import KeyPath
from syncd_config.offerings import Known, read_closures, read_offering
from syncd_config.practice_tables import (
    ActivityTable,
    PracticeTable,
    PractitionerTable,
    RoomTable,
)
from syncd_config.settings import PracticeDefaults

_SECTIONS = ("practice", "practitioners", "rooms", "activities", "calendars")


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFile:
    """What practice.toml says. `advice` are doubts that do not stop anything."""

    practice: Practice
    practitioners: tuple[Practitioner, ...] = ()
    rooms: tuple[Room, ...] = ()
    activities: tuple[Activity, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    advice: tuple[Problem, ...] = ()


def load_practice(
    path: Path,
    kinds: Mapping[str, ProviderKind],
    *,
    defaults: PracticeDefaults | None = None,
) -> PracticeFile:
    """The practice that the file at `path` describes. Raises `Invalid` with every problem found.

    `kinds` are the installed providers by name; `defaults` come from syncd.toml.
    """
    return _Reader(read_document(path), kinds, defaults or PracticeDefaults()).read()


class _Reader:
    """One reading of one file: walks the tables, notes problems, builds what is sound."""

    def __init__(
        self, document: Document, kinds: Mapping[str, ProviderKind], defaults: PracticeDefaults
    ) -> None:
        self.document = document
        self.kinds = kinds
        self.defaults = defaults
        self.findings = Findings(document)
        self.advice = Findings(document)

    def read(self) -> PracticeFile:
        for key in self.document.values:
            if key not in _SECTIONS:
                self.findings.add((key,), f"unknown key{suggestion(key, _SECTIONS)}")
        practice = self._practice()
        zone = practice.timezone if practice else "UTC"
        practitioners = [
            self._practitioner(table, path, zone) for table, path in self._tables("practitioners")
        ]
        rooms = [self._room(table, path) for table, path in self._tables("rooms")]
        activities = [self._activity(table, path) for table, path in self._tables("activities")]
        calendars = [
            read_calendar(table, path, self.findings, self._surroundings())
            for table, path in self._tables("calendars")
        ]
        refuse_shared_urls(self.document, self.findings)
        self.findings.raise_if_any()
        assert practice is not None
        return PracticeFile(
            practice=practice,
            practitioners=tuple(each for each in practitioners if each),
            rooms=tuple(each for each in rooms if each),
            activities=tuple(each for each in activities if each),
            calendars=tuple(each for each in calendars if each),
            advice=self.advice.problems,
        )

    def _practice(self) -> Practice | None:
        if "practice" not in self.document.values:
            self.findings.add(("practice",), "is required: [practice] with name and timezone")
            return None
        row = self.findings.check(PracticeTable, self.document.values["practice"], ("practice",))
        if row is None:
            return None
        return Practice(
            id=PracticeId(row.id),
            name=row.name,
            timezone=row.timezone,
            locale=row.locale,
            number_prefix=row.number_prefix or self.defaults.number_prefix,
            holidays=row.holidays,
            most_ahead=row.max_ahead_per_client or self.defaults.most_ahead,
            public_booking=row.public_booking,
            closures=read_closures(self.document.values["practice"], self.findings),
        )

    def _tables(self, section: str) -> Iterator[tuple[Mapping[str, Any], KeyPath]]:
        """Each `[[section]]` with its place; ids that come twice are noted on the way."""
        rows = self.document.values.get(section, [])
        if not (isinstance(rows, list) and all(isinstance(each, dict) for each in rows)):
            self.findings.add((section,), f"must be written as [[{section}]]")
            return
        first: dict[str, int | None] = {}
        for position, row in enumerate(rows):
            path: KeyPath = (section, position)
            name = row.get("id")
            if isinstance(name, str) and name in first:
                self.findings.add((*path, "id"), f"{name!r} is used already, in line {first[name]}")
            elif isinstance(name, str):
                first[name] = self.document.line_of((*path, "id"))
            yield row, path

    def _practitioner(
        self, table: Mapping[str, Any], path: KeyPath, practice_zone: str
    ) -> Practitioner | None:
        row = self.findings.check(PractitionerTable, table, path)
        hours = read_hours(table, path, self.findings)
        if row is None:
            return None
        is_said = "hours" in table or "exceptions" in table
        if not hours.weekly:
            how = "clients book on those dates only" if is_said else "what HTTP says of them holds"
            self.advice.add(path, f"has no hours: {how}")
        return Practitioner(
            id=PractitionerId(row.id),
            name=row.name,
            timezone=row.timezone or practice_zone,
            hours=hours,
            hours_kept_by=Keeper.FILE if is_said else Keeper.HTTP,
        )

    def _room(self, table: Mapping[str, Any], path: KeyPath) -> Room | None:
        row = self.findings.check(RoomTable, table, path)
        return Room(id=RoomId(row.id), name=row.name) if row is not None else None

    def _activity(self, table: Mapping[str, Any], path: KeyPath) -> Activity | None:
        row = self.findings.check(ActivityTable, table, path)
        if row is None:
            return None
        minutes = row.duration_minutes
        return Activity(
            id=ActivityId(row.id),
            name=row.name,
            duration=timedelta(minutes=minutes) if minutes else self.defaults.duration,
            needs_confirmation=row.needs_confirmation,
            price=row.price,
            color=row.color,
            offering=read_offering(
                row,
                path,
                self.findings,
                known=Known(self._ids("practitioners"), self._ids("rooms")),
                defaults=self.defaults,
            ),
        )

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            kinds=self.kinds,
            poll_every=self.defaults.poll_every,
            practitioners=self._ids("practitioners"),
            activities=self._ids("activities"),
        )

    def _ids(self, section: str) -> tuple[str, ...]:
        """The ids that are given, also those of entries with other problems."""
        rows = self.document.values.get(section)
        named = (each.get("id") for each in _rows(rows))
        return tuple(each for each in named if isinstance(each, str))


def _rows(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
