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
from syncd.ledger import View
from syncd.testing import memory_body
from syncd.testing.memory_calendar import Hand
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
        intended = any((source, name) in world.intents for name in names)
        require(intended, "S5", "cancelled by nobody:", entry.subject_id, entry.after)
    if entry.action == "move" and entry.before and entry.after:
        _check_move(world, source, json.loads(entry.before), json.loads(entry.after))


def check_adoptions(world: World, view: View) -> None:
    """S3: no event became two appointments, unless somebody made it two."""
    appointments = view.appointments()
    for calendar in world.practice:
        adopted = Counter(
            link.uid
            for appointment in appointments
            if (link := view.link(calendar.id, appointment.id)) is not None
            and link.origin is Origin.ADOPTED
        )
        let_go = world.reconfigured + sum(
            each.field is ConflictField.KIND for each in view.conflicts(open_only=False)
        )
        for uid, count in adopted.items():
            most = 1 + world.doubled[uid] + let_go
            require(count <= most, "S3", "adopted twice:", calendar.id, uid, count)


def _check_move(
    world: World, source: CalendarId, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """S4: a colleague can only overrule a time that their calendar showed before."""
    shown = [
        (each.hand, start_of(each.body))
        for each in world.calendars[source].history
        if each.body is not None
    ]
    wanted, was = _moment(after["start"]), _moment(before["start"])
    moved = next(
        (at for at, (_, start) in reversed(list(enumerate(shown))) if start == wanted),
        None,
    )
    if moved is None or shown[moved][0] is not Hand.COLLEAGUE or world.profile.lags:
        return
    saw = any(start == was for _, start in shown[:moved])
    require(saw, "S4", "a move overrules what nobody saw:", was, "->", wanted)


def start_of(body: str) -> datetime | None:
    """When the event of a body begins, if it does at an instant."""
    event = memory_body.read(EventRef(""), Version(""), body)
    if isinstance(event, RemoteEvent) and isinstance(event.when, Timed):
        return event.when.start
    return None


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))
