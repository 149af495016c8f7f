"""Who wanted this change? No cancellation without a wish, no move over what nobody saw."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncd.core.appointment import Origin
from syncd.core.conflict import ConflictField
from syncd.core.events import RemoteEvent, Timed
from syncd.core.ids import AppointmentId, CalendarId, EventRef, Version
from syncd.core.journal import Entry
from syncd.core.time import Interval
from syncd.ledger import View
from syncd.testing import memory_body
from syncd.testing.memory_calendar import Hand
from syncd.testing.simulator.consents import check_yes
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World


def check_entry(world: World, view: View, entry: Entry) -> None:
    """One change of an appointment that a calendar is said to have caused."""
    if not entry.actor.startswith("calendar:"):
        return
    source = CalendarId(entry.actor.removeprefix("calendar:"))
    if entry.action == "cancel":
        link = view.link(source, AppointmentId(entry.subject_id))
        names = {entry.subject_id, link.uid if link is not None else ""}
        intended = any((source, name) in world.excuses.intents for name in names)
        intended = intended or _is_of_old_answers(world, entry.subject_id)
        # Two events of one UID (RFC 4791 forbids them) that move at once cannot be told apart.
        intended = intended or (link is not None and world.excuses.doubled[link.uid] > 0)
        require(intended, "S5", "cancelled by nobody:", entry.subject_id, entry.after)
    known = entry.before and entry.after and entry.seq not in world.excuses.old_answers
    if entry.subject_kind == "appointment" and known:
        check_yes(world, source, entry)
    if entry.action == "move" and known:
        _check_move(world, source, json.loads(entry.before or ""), json.loads(entry.after or ""))


def _is_of_old_answers(world: World, appointment_id: str) -> bool:
    """Whether the appointment came from an event that was not as it was shown, and ends once that
    is seen; or ended so, and its event may become another one."""
    return any(
        each.subject_id == appointment_id
        and each.action in ("adopt", "cancel")
        and each.seq in world.excuses.old_answers
        for each in world.oracle.entries
    )


def check_adoptions(world: World, view: View) -> None:
    """S3: no event became two appointments, unless somebody made it two."""
    appointments = view.appointments()
    disputed = Counter(
        (each.calendar_id, each.appointment_id)
        for each in view.conflicts(open_only=False)
        if each.field is ConflictField.KIND
    )
    for calendar in world.practice:
        links = [
            link
            for appointment in appointments
            if (link := view.link(calendar.id, appointment.id)) is not None
            and link.origin is Origin.ADOPTED
            and not _is_of_old_answers(world, appointment.id)
        ]
        let_go: Counter[str] = Counter()
        for each in links:
            let_go[each.uid] += disputed[calendar.id, each.appointment_id]
        for uid, count in Counter(each.uid for each in links).items():
            changes = world.excuses.changes_of(calendar.id)
            most = 1 + world.excuses.doubled[uid] + let_go[uid] + changes
            require(count <= most, "S3", "adopted twice:", calendar.id, uid, count)


def _check_move(
    world: World, source: CalendarId, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """S4: a colleague can only overrule a time that their calendar showed before."""
    shown = [
        (each.hand, time_of(each.body))
        for each in world.calendars[source].history
        if each.body is not None
    ]
    wanted, was = _time(after), _time(before)
    moved = next(
        (at for at, (_, start) in reversed(list(enumerate(shown))) if start == wanted),
        None,
    )
    if moved is None or shown[moved][0] is not Hand.COLLEAGUE:
        return
    saw = any(start == was for _, start in shown[:moved])
    require(saw, "S4", "a move overrules what nobody saw:", was, "->", wanted)


def time_of(body: str) -> Interval | None:
    """When the event of a body takes place, if it does between two instants."""
    event = memory_body.read(EventRef(""), Version(""), body)
    if not isinstance(event, RemoteEvent) or not isinstance(event.when, Timed):
        return None
    start, end = event.when.start, event.when.end
    return Interval(start, end) if start < end else None


def _time(state: dict[str, Any]) -> Interval:
    return Interval(*(datetime.fromisoformat(state[key]) for key in ("start", "end")))
