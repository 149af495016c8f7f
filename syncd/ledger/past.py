"""The ledger as it was at an earlier moment, as far as the journal tells.

Whatever changed since stands there as it was before the first of these changes; all else is as it
is now. Two things nobody wrote down: what a calendar took then and gave back since, and how long it
had not been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Status
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ActivityId, AppointmentId, CalendarId, PractitionerId, RoomId
from syncd.core.practice import Activity, Calendar, Practice, Practitioner
from syncd.core.remote import CalendarState
from syncd.core.time import Interval
from syncd.ledger.claims import Claim
from syncd.ledger.practices import activity_of, practice_of, practitioner_of
from syncd.ledger.remote_events import BusyBlock
from syncd.ledger.rooms import room_of, taken_by
from syncd.ledger.tables import activities, practices, practitioners, rooms
from syncd.ledger.views import View

K = TypeVar("K", bound=str)
T = TypeVar("T")
_KINDS = {
    "practice": practices,
    "practitioner": practitioners,
    "activity": activities,
    "room": rooms,
}


class Past:
    """What agendas are made from, as it was at `now`, which is no moment to come (Invalid)."""

    def __init__(self, view: View, now: datetime) -> None:
        if now > view.now:
            raise Invalid(f"{now:%Y-%m-%dT%H:%MZ} is still to come")
        self.now = now
        self._view = view
        self._before: dict[tuple[str, str], Mapping[str, Any] | None] = {}
        for entry in view.entries_since(now, ("appointment", *_KINDS)):
            kind = "switch" if entry.action == "switch" else entry.subject_kind
            if kind in ("appointment", "switch") or entry.action == "save":
                self._before.setdefault((kind, entry.subject_id), entry.state_before)

    def practice(self) -> Practice | None:
        found = self._view.practice()
        return self._was("practice", found.id, found, practice_of) if found is not None else None

    def is_booking_on(self) -> bool:
        """Whether clients might book at all."""
        before = self._before.get(("switch", self._view.practice_id))
        return self._view.is_booking_on() if before is None else bool(before["bookingEnabled"])

    def practitioners(self, *, active_only: bool = False) -> list[Practitioner]:
        found = (
            self._was("practitioner", each.id, each, practitioner_of)
            for each in self._view.practitioners()
        )
        return [each for each in found if each and (each.active or not active_only)]

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner:
        """Raises Unknown."""
        there = {each.id: each for each in self.practitioners()}
        return _named(there, "practitioner", practitioner_id)

    def activities(self, *, active_only: bool = False) -> list[Activity]:
        found = (
            self._was("activity", each.id, each, activity_of) for each in self._view.activities()
        )
        return [each for each in found if each and (each.active or not active_only)]

    def activity(self, activity_id: ActivityId) -> Activity:
        """Raises Unknown."""
        there = {each.id: each for each in self.activities()}
        return _named(there, "activity", activity_id)

    def claims(self, practitioner_ids: Iterable[PractitionerId], within: Interval) -> list[Claim]:
        """As in `View.claims`."""
        who = list(practitioner_ids)
        found = self._view.claims(who, within, at=self.now)
        return self._as_claimed(found, within, lambda each: each.whose in who)

    def rooms_taken(
        self,
        room_ids: Iterable[RoomId],
        within: Interval,
        *,
        but_for: AppointmentId | None = None,
    ) -> dict[RoomId, list[Interval]]:
        """As in `View.rooms_taken`."""
        then = (self._was("room", each.id, each, room_of) for each in self._view.rooms())
        in_use = {each.id for each in then if each and each.active}
        which = [each for each in room_ids if each in in_use]
        found = self._view.claims_of_rooms(which, within, at=self.now)
        claims = self._as_claimed(found, within, lambda each: each.room_id in which)
        return taken_by(claims, which, but_for=but_for)

    def busy_of(
        self,
        practitioner_ids: Iterable[PractitionerId],
        within: Interval,
        *,
        but_for: AppointmentId | None = None,
    ) -> list[BusyBlock]:
        """What takes time now and was stored as it is already then."""
        found = self._view.busy_of(practitioner_ids, within, but_for=but_for)
        later = self._stored_since(found)
        return [each for each in found if (each.calendar_id, each.ref) not in later]

    def changed_calendars(
        self, practitioner_ids: Iterable[PractitionerId], within: Interval
    ) -> list[CalendarId]:
        """Where an event that takes time now was stored since, so that nobody knows of then."""
        later = self._stored_since(self._view.busy_of(practitioner_ids, within))
        return sorted({calendar_id for calendar_id, _ in later})

    def calendars_of(self, _: Iterable[PractitionerId]) -> list[Calendar]:
        """None: how well they were known is not kept."""
        return []

    def states_of(self, _: Iterable[CalendarId]) -> dict[CalendarId, CalendarState]:
        return {}

    def _was(self, kind: str, which: str, present: T, decode: Callable[[Any], T]) -> T | None:
        """What it was then; None before it was there."""
        if (kind, which) not in self._before:
            return present
        before = self._before[kind, which]
        blank = {column.name: None for column in _KINDS[kind].c}
        return None if before is None else decode(SimpleNamespace(**blank | dict(before)))

    def _as_claimed(
        self, found: Iterable[Claim], within: Interval, is_meant: Callable[[Claim], bool]
    ) -> list[Claim]:
        same = [each for each in found if ("appointment", each.appointment_id) not in self._before]
        others = (
            claim
            for (kind, _), before in self._before.items()
            if kind == "appointment" and before is not None and self._held(before)
            for claim in _claims(before)
        )
        changed = [each for each in others if is_meant(each) and each.interval.overlaps(within)]
        return sorted([*same, *changed], key=lambda each: (each.interval.start, each.number))

    def _held(self, before: Mapping[str, Any]) -> bool:
        status, until = Status(before["status"]), before["holdExpiresAt"]
        is_hold = status is Status.PROPOSED and until is not None
        return status.holds_time and not (is_hold and datetime.fromisoformat(until) <= self.now)

    def _stored_since(self, found: Iterable[BusyBlock]) -> set[tuple[CalendarId, str]]:
        places: dict[CalendarId, list[BusyBlock]] = {}
        for each in found:
            places.setdefault(each.calendar_id, []).append(each)
        known = {
            calendar_id: self._view.known(calendar_id, [each.ref for each in blocks])
            for calendar_id, blocks in places.items()
        }
        return {
            (calendar_id, each.ref)
            for calendar_id, blocks in places.items()
            for each in blocks
            if (record := known[calendar_id].get(each.ref)) is None
            or record.since is None
            or record.since > self.now
        }


def _claims(state: Mapping[str, Any]) -> list[Claim]:
    """The claims of an appointment, from its snapshot in the journal."""
    claim = Claim(
        appointment_id=AppointmentId(state["id"]),
        practitioner_id=PractitionerId(state["practitionerId"]),
        whose=PractitionerId(state["practitionerId"]),
        room_id=state["roomId"],
        number=state["number"],
        activity_id=state["activityId"],
        interval=Interval(
            datetime.fromisoformat(state["start"]), datetime.fromisoformat(state["end"])
        ),
        is_hold=state["status"] == Status.PROPOSED,
        capacity=int(state.get("capacity") or 1),
        is_exempt=not EXEMPT_FROM_OVERLAP.isdisjoint(state["flags"]),
    )
    others = map(PractitionerId, state.get("alsoWith") or ())
    return [claim, *(replace(claim, whose=each) for each in others)]


def _named(there: Mapping[K, T], what: str, which: K) -> T:
    if which not in there:
        raise Unknown(what, which, known=tuple(there)[:20])
    return there[which]
