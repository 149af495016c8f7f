"""Apply what practice.toml says to the ledger: like a plan, printable first, and idempotent.

What the file no longer names is switched off, never deleted: its appointments and its history stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import TypeVar

from syncd.core.conflict import Resolution
from syncd.core.errors import Refused
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.practice import Activity, Calendar, Keeper, Practice, Practitioner, Room
from syncd.flows.awaiting import heed
from syncd.flows.linking import links_again
from syncd.flows.surroundings import Surroundings
from syncd.ledger import AppointmentFilter, Transaction, View


class Change(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    RESTART = "restart"
    """The calendar is pointed at another place: its events are looked for, or written, there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A practice with everything that it consists of."""

    practice: Practice
    practitioners: tuple[Practitioner, ...] = ()
    rooms: tuple[Room, ...] = ()
    activities: tuple[Activity, ...] = ()
    calendars: tuple[Calendar, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """One difference between the file and the ledger: `fields` names what differs."""

    change: Change
    kind: str
    id: str
    fields: tuple[str, ...] = ()


_READ_ANEW = {"mode", "adopt", "practitioner_id"}
"""Choices for a calendar that give its foreign events another meaning."""
_SHOWN_ANEW = {"mode", "disclosure"}
"""Choices for a calendar that change what it is told."""

Part = Practitioner | Room | Activity | Calendar
_P = TypeVar("_P", Practitioner, Room, Activity, Calendar)


def compare_roster(view: View, wanted: Roster) -> list[RosterChange]:
    """What applying `wanted` would change; empty when the ledger says it already. Raises Refused
    where the ledger belongs to another practice."""
    practices = view.practices()
    if practices and wanted.practice.id not in {each.id for each in practices}:
        raise Refused(
            f"this ledger belongs to practice {practices[0].id!r}, the file is about "
            f"{wanted.practice.id!r}; name another database, or mend the id in the file"
        )
    if not practices:
        return everything(wanted)
    changes: list[RosterChange] = []
    now = view.practice()
    if now is not None and now != wanted.practice:
        changes.append(_changed("practice", now, wanted.practice))
    wanted = _with_hours_kept(view, wanted)
    changes += _compare("practitioner", view.practitioners(), wanted.practitioners)
    changes += _compare("room", view.rooms(), wanted.rooms)
    changes += _compare("activity", view.activities(), wanted.activities)
    changes += _compare("calendar", view.calendars(active_only=False), wanted.calendars)
    return changes


def everything(wanted: Roster) -> list[RosterChange]:
    """What applying `wanted` to an empty ledger changes."""
    parts: list[tuple[str, str]] = [("practice", wanted.practice.id)]
    parts += [(kind, part.id) for kind, part in _parts(wanted)]
    return [RosterChange(change=Change.ADD, kind=kind, id=id_) for kind, id_ in parts]


def apply_roster(around: Surroundings, wanted: Roster, cause: Cause) -> list[RosterChange]:
    """Make the ledger say what `wanted` says, in one transaction. What was changed."""
    return around.ledger.write(lambda tx: _apply(tx, wanted, cause))


def roster_of(view: View) -> Roster | None:
    """What the ledger says now, of what is in use; None for an empty ledger."""
    practice = view.practice()
    if practice is None:
        return None
    return Roster(
        practice=practice,
        practitioners=tuple(view.practitioners(active_only=True)),
        rooms=tuple(view.rooms(active_only=True)),
        activities=tuple(view.activities(active_only=True)),
        calendars=tuple(view.calendars()),
    )


def _apply(tx: Transaction, wanted: Roster, cause: Cause) -> list[RosterChange]:
    changes = compare_roster(tx, wanted)
    tx.save_practice(wanted.practice, cause)
    wanted = _with_hours_kept(tx, wanted)
    for practitioner in (
        *wanted.practitioners,
        *_dropped(tx.practitioners(), wanted.practitioners),
    ):
        tx.save_practitioner(practitioner, cause)
    for room in (*wanted.rooms, *_dropped(tx.rooms(), wanted.rooms)):
        tx.save_room(room, cause)
    for activity in (*wanted.activities, *_dropped(tx.activities(), wanted.activities)):
        tx.save_activity(activity, cause)
    known = tx.calendars(active_only=False)
    for calendar in (*wanted.calendars, *_dropped(known, wanted.calendars)):
        tx.save_calendar(calendar, cause)
    for change in changes:
        if change.kind == "calendar":
            _begin_again(tx, CalendarId(change.id), change, cause)
    _look_again(tx, wanted, changes)
    if any(each.kind == "calendar" for each in changes):
        heed(tx, tx.links_of(tx.undecided()).values(), cause)  # one may have lost its say
    return changes


def _with_hours_kept(view: View, wanted: Roster) -> Roster:
    """The roster, with the hours that the ledger knows where the file says nothing of them."""
    known = {each.id: each.hours for each in view.practitioners()}
    return replace(
        wanted,
        practitioners=tuple(
            replace(each, hours=known.get(each.id, each.hours))
            if each.hours_kept_by is Keeper.HTTP
            else each
            for each in wanted.practitioners
        ),
    )


def _begin_again(
    tx: Transaction, calendar_id: CalendarId, change: RosterChange, cause: Cause
) -> None:
    """What a change of a calendar's configuration makes of what was known of it."""
    calendar = tx.calendar(calendar_id)
    if change.change is Change.RESTART:
        for conflict in tx.conflicts():
            if conflict.calendar_id == calendar_id:
                tx.close_conflict(conflict.id, Resolution.SUPERSEDED, cause)
        tx.restart_calendar(calendar_id)
    if _READ_ANEW & set(change.fields):
        tx.reread_calendar(calendar_id)
    if _SHOWN_ANEW & set(change.fields):
        tx.rewrite_calendar(calendar_id)
    if {"mode", "active"} & set(change.fields) and calendar.mode.writes:
        ahead = tx.appointments(AppointmentFilter(start=tx.now))
        fresh = links_again(tx, ahead)
        tx.put_links([link for link in fresh if link.calendar_id == calendar_id])


def _look_again(tx: Transaction, wanted: Roster, changes: Iterable[RosterChange]) -> None:
    """Every calendar that changed, or all where a practitioner did, is compared in full soon, also
    one that was left alone after failures: other appointments may belong in it now. A new name of
    an activity, or a practitioner in another zone, changes what all show or mean."""
    changed = {each.id for each in changes if each.kind == "calendar"}
    everybody = any(each.kind in ("practice", "practitioner") for each in changes)
    renamed = any(each.kind == "activity" and "name" in each.fields for each in changes)
    moved = {
        each.id for each in changes if each.kind == "practitioner" and "timezone" in each.fields
    }
    for calendar in wanted.calendars:
        if calendar.practitioner_id in moved:
            tx.reread_calendar(calendar.id)
        if renamed:
            tx.rewrite_calendar(calendar.id)
        if everybody or renamed or calendar.id in changed:
            state = replace(tx.calendar_state(calendar.id), doubt=True, failures=0, retry_at=None)
            tx.set_calendar_state(state)
            tx.nudge([calendar.id])


def _parts(wanted: Roster) -> Iterable[tuple[str, Part]]:
    yield from (("practitioner", each) for each in wanted.practitioners)
    yield from (("room", each) for each in wanted.rooms)
    yield from (("activity", each) for each in wanted.activities)
    yield from (("calendar", each) for each in wanted.calendars)


def _compare(kind: str, now: Iterable[_P], wanted: Iterable[_P]) -> list[RosterChange]:
    before: Mapping[str, _P] = {each.id: each for each in now}
    changes = []
    for part in wanted:
        known = before.get(part.id)
        if known is None:
            changes.append(RosterChange(change=Change.ADD, kind=kind, id=part.id))
        elif part.active and not known.active:
            again = _changed(kind, known, part)
            is_elsewhere = again.change is Change.RESTART
            changes.append(again if is_elsewhere else replace(again, change=Change.ADD))
        elif known != part:
            changes.append(_changed(kind, known, part))
    changes += [
        RosterChange(change=Change.REMOVE, kind=kind, id=each.id)
        for each in _dropped(before.values(), wanted)
    ]
    return changes


def _dropped(now: Iterable[_P], wanted: Iterable[_P]) -> list[_P]:
    """What the file no longer names, switched off; only what is not off already, and was the
    file's to name."""
    named = {each.id for each in wanted}
    return [
        replace(each, active=False)
        for each in now
        if each.active and each.id not in named and not _is_kept_by_http(each)
    ]


def _is_kept_by_http(part: Part) -> bool:
    return isinstance(part, Activity) and part.kept_by is Keeper.HTTP


def _changed(kind: str, before: Practice | Part, after: Practice | Part) -> RosterChange:
    names = tuple(
        each.name
        for each in fields(before)
        if getattr(before, each.name) != getattr(after, each.name)
    )
    moved = (
        isinstance(before, Calendar)
        and isinstance(after, Calendar)
        and _place(before) != _place(after)
    )
    change = Change.RESTART if moved else Change.CHANGE
    return RosterChange(change=change, kind=kind, id=before.id, fields=names)


def _place(calendar: Calendar) -> tuple[object, ...]:
    """What tells one external calendar from another."""
    settings = calendar.settings
    address = str(settings.get("url") or "").rstrip("/")
    return (calendar.provider, address, settings.get("calendar"))
