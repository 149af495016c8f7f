"""How the practice's calendars stand, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from syncd.core.access import Caller
from syncd.core.appointment import Appointment
from syncd.core.conflict import ConflictRecord
from syncd.core.errors import Unknown
from syncd.core.ids import CalendarId, ConflictId
from syncd.core.journal import Cause
from syncd.flows import calendars as calendar_flows
from syncd.flows.resolving import resolve
from syncd.flows.status import CalendarStatus, overview
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View
from syncd.web.bodies import CalendarAction, CalendarActionBody, ResolveBody
from syncd.web.callers import Admin, Staff, TheOffice, cause_of
from syncd.web.door import Door
from syncd.web.sync_answers import CalendarStateOut, CalendarStatesOut, ConflictOut, ConflictsOut
from syncd.web.wire import Id

router = APIRouter(route_class=Door, tags=["calendars"])

Act = Callable[[Surroundings, CalendarId, Cause], object]
_ACTIONS: dict[CalendarAction, Act] = {
    CalendarAction.SUSPEND: calendar_flows.suspend,
    CalendarAction.RELEASE: calendar_flows.release,
    CalendarAction.RESYNC: lambda around, which, _: calendar_flows.resync(around, which),
}


@router.get("/calendars")
def calendars(office: TheOffice, caller: Staff) -> CalendarStatesOut:
    """How each calendar stands: whether it is in sync, and if not, what is wrong. A practitioner's
    are their own."""
    with office.around.ledger.read() as view:
        found = _statuses(view, caller)
    return CalendarStatesOut(calendars=[CalendarStateOut.of(each) for each in found])


@router.post("/calendars/{calendar_id}/actions")
def act_on_calendar(
    office: TheOffice,
    caller: Admin,
    request: Request,
    calendar_id: Id,
    body: CalendarActionBody,
) -> CalendarStateOut:
    """`suspend`: leave it alone until it is released. `release`: take it up again, and let pass
    what the brake held back. `resync`: list and compare it in full, soon."""
    around, which = office.around, CalendarId(calendar_id)
    with around.ledger.read() as view:
        view.calendar(which)
    cause = replace(cause_of(caller, request), why=body.reason or "")
    _ACTIONS[body.action](around, which, cause)
    with around.ledger.read() as view:
        [found] = [each for each in _statuses(view, caller) if each.calendar.id == which]
    return CalendarStateOut.of(found)


@router.get("/conflicts")
def conflicts(
    office: TheOffice,
    caller: Staff,
    *,
    resolved: Annotated[bool, Query(description="Also those that are resolved.")] = False,
) -> ConflictsOut:
    """What ledger and calendar both changed, and a person decides; a practitioner's own."""
    with office.around.ledger.read() as view:
        found = view.conflicts(open_only=not resolved)
        known = view.appointments_by_id({each.appointment_id for each in found})
    theirs = [each for each in found if caller.owns(known[each.appointment_id])]
    return ConflictsOut(
        conflicts=[ConflictOut.of(each, known[each.appointment_id]) for each in theirs]
    )


@router.post("/conflicts/{conflict_id}/resolve")
def resolve_conflict(
    office: TheOffice,
    caller: Staff,
    request: Request,
    conflict_id: Annotated[Id, Path(description="Its id, as the list has it.")],
    body: ResolveBody,
) -> ConflictOut:
    """Let one side stand; the other stays in the record, whole. The calendar follows at its next
    round."""
    around = office.around
    with around.ledger.read() as view:
        _, appointment = _theirs(view, caller, ConflictId(conflict_id))
    cause = replace(cause_of(caller, request), why=body.reason or "")
    return ConflictOut.of(resolve(around, ConflictId(conflict_id), body.take, cause), appointment)


def _statuses(view: View, caller: Caller) -> list[CalendarStatus]:
    practice = view.practice()
    found = overview(view, practice).calendars if practice is not None else ()
    mine = caller.practitioner_id
    return [each for each in found if mine is None or each.calendar.practitioner_id == mine]


def _theirs(
    view: View, caller: Caller, conflict_id: ConflictId
) -> tuple[ConflictRecord, Appointment]:
    """Raises Unknown for what is absent and for what is another's, in the same words."""
    found = next((each for each in view.conflicts(open_only=False) if each.id == conflict_id), None)
    appointment = view.appointment(found.appointment_id) if found is not None else None
    if found is None or appointment is None or not caller.owns(appointment):
        raise Unknown("conflict", conflict_id)
    return found, appointment
