"""Appointments as they are listed, read and acted upon.

In this order: who calls, whether the appointment is theirs, whether there is such an action,
whether their role may do it, whether its state allows it, and the rest of what was sent. What is
not theirs is answered as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from syncd.core.access import Caller
from syncd.core.actions import RULES, Action
from syncd.core.appointment import Appointment, Status
from syncd.core.awaiting import Answer
from syncd.core.errors import SlotTaken, SyncdError, Unknown, VersionConflict
from syncd.core.journal import Cause
from syncd.core.lifecycle import Command, require_allowed
from syncd.core.status_words import WORDS
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.asking import Field
from syncd.flows.awaiting import last_word, word_about
from syncd.flows.booking import Booking
from syncd.ledger import AppointmentFilter, View
from syncd.web.appointment_answers import AppointmentOut, AppointmentsOut, EntryOut, HistoryOut
from syncd.web.bodies import ActionBody
from syncd.web.booking import (
    CANNOT_BE_HAD,
    REFUSED_FOR_GOOD,
    REFUSED_WITH_ALTERNATIVES,
    alternatives,
    etag,
)
from syncd.web.callers import AnyCaller, Somebody, Staff, TheOffice, TheWaitingRoom, cause_of
from syncd.web.conditions import tags_in
from syncd.web.door import Door, Refusal
from syncd.web.ics import ICALENDAR, MEDIA_TYPE, one_appointment
from syncd.web.office import Office
from syncd.web.problems import UnknownAction
from syncd.web.selection import Whose, standings, window
from syncd.web.times import moment, wrong
from syncd.web.wire import Day, Id, Moment

router = APIRouter(route_class=Door, prefix="/appointments", tags=["appointments"])


def find(
    office: TheOffice,
    caller: AnyCaller,
    which: Annotated[
        str,
        Path(max_length=200, description="Its id or its number.", examples=["AID-20250921-0001"]),
    ],
) -> Appointment:
    """The appointment that is asked for, if it is theirs. Raises Unknown for both: what is absent
    and what is somebody else's."""
    with office.around.ledger.read() as view:
        return theirs(view, caller, which)


def theirs(view: View, caller: Caller, which: str) -> Appointment:
    found = view.appointment(which)
    if not caller.owns(found):
        raise Unknown("appointment", which)
    return found


Found = Annotated[Appointment, Depends(find)]


@router.get("")
def list_appointments(
    office: TheOffice,
    caller: Somebody,
    *,
    status: Annotated[
        str | None,
        Query(max_length=200, description="Words with commas: " + ", ".join(WORDS)),
    ] = None,
    date: Annotated[
        Day | None, Query(description="A day of the practice.", examples=["2031-03-03"])
    ] = None,
    start: Annotated[Moment | None, Query(description="Ends after.")] = None,
    end: Annotated[Moment | None, Query(description="Begins before.")] = None,
    practitioner_id: Annotated[Id | None, Query(alias="practitionerId")] = None,
    client_id: Annotated[Id | None, Query(alias="clientId")] = None,
    relationship_id: Annotated[Id | None, Query(alias="relationshipId")] = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> AppointmentsOut:
    """Appointments by start: an admin's are all, a practitioner's and a client's their own, a
    guardian's also those of whom they are responsible for."""
    with office.around.ledger.read() as view:
        whose = Whose(caller, practitioner_id, client_id).of(view, relationship_id)
        bounds = window(view, date, start, end)
        wanted = AppointmentFilter(
            standings=standings(status) if whose.is_theirs else (),
            practitioner_id=whose.practitioner_id,
            client_ids=whose.clients,
            start=bounds[0],
            end=bounds[1],
            limit=limit,
            offset=(page - 1) * limit,
        )
        total = view.count_appointments(wanted)
        rows = view.appointments(wanted)
        links = view.links_of({each.id for each in rows})
    return AppointmentsOut(
        appointments=[AppointmentOut.of(each, links.get(each.id, []), caller) for each in rows],
        page=page,
        limit=limit,
        total=total,
    )


@router.get("/{which}.ics", response_class=Response, responses=ICALENDAR)
def as_event(office: TheOffice, found: Found) -> Response:
    """The appointment as an iCalendar event (RFC 5545), for its client's own calendar."""
    with office.around.ledger.read() as view:
        practice = view.practice()
        activity = view.activity(found.activity_id) if found.activity_id else None
        practitioner = view.practitioner(found.practitioner_id)
    body = one_appointment(found, practice, practitioner, activity)
    name = f'attachment; filename="{found.number}.ics"'
    return Response(body, media_type=MEDIA_TYPE, headers={"Content-Disposition": name})


@router.get("/{which}", response_model=AppointmentOut)
def read_appointment(
    office: TheOffice, caller: AnyCaller, found: Found, response: Response
) -> AppointmentOut:
    """One appointment. Its ETag is for the If-Match of an action."""
    response.headers["ETag"] = etag(found.version)
    return _shown(office, caller, found)


@router.post("/{which}/actions", response_model=AppointmentOut)
async def act(
    room: TheWaitingRoom,
    office: TheOffice,
    caller: AnyCaller,
    found: Found,
    request: Request,
    response: Response,
    body: ActionBody,
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=200,
            description="Only if the appointment is still at that ETag.",
        ),
    ] = None,
) -> AppointmentOut:
    """Do something to an appointment. Which actions there are for whom, and when: docs/api.md."""
    doing = _Doing(office, caller, found, _command(caller, body))
    until = room.longest()
    shown = await run_in_threadpool(doing.act, body, if_match, cause_of(caller, request))
    if doing.has_to_wait:
        await room.wait(found.id, until)
        shown = await run_in_threadpool(doing.last_word)
    response.headers["ETag"] = etag(shown.version)
    return shown


@dataclass(slots=True)
class _Doing:
    """One action on its way."""

    office: Office
    caller: Caller
    found: Appointment
    command: Command
    has_to_wait: bool = False
    """For a calendar that has the last word."""

    def act(self, body: ActionBody, if_match: str | None, cause: Cause) -> AppointmentOut:
        found, around = self.found, self.office.around
        require_allowed(found, self.command, now=around.clock.now())
        version = _version(if_match, found)
        if self.command.action is Action.RESCHEDULE and body.duration_minutes is None:
            version = found.version  # the length it keeps is the one that was read
        self.command = replace(self.command, interval=_new_time(body, found))
        changes = _changes(body)
        try:
            after = act_on(
                around,
                found.id,
                self.command,
                cause,
                if_version=version,
                changes=changes,
                claimed=self.caller.is_claimed,
            )
        except REFUSED_FOR_GOOD:
            raise
        except REFUSED_WITH_ALTERNATIVES as exc:
            raise self._refusal(exc) from exc
        if self.command.action is not Action.BOOK or after.status is not Status.PENDING:
            return _shown(self.office, self.caller, after)
        self.has_to_wait = word_about(around, found.id) is Answer.WAIT
        return _shown(self.office, self.caller, after) if self.has_to_wait else self.last_word()

    def last_word(self) -> AppointmentOut:
        """What a calendar's word has made of a hold that was booked."""
        try:
            made = last_word(self.office.around, self.found.id)
        except SlotTaken as exc:
            raise self._refusal(exc) from exc
        return _shown(self.office, self.caller, made)

    def _refusal(self, exc: SyncdError) -> Refusal:
        claimed = self.caller.is_claimed
        instead = _instead(self.office, self.found, self.command, claimed=claimed)
        hidden = claimed and isinstance(exc, SlotTaken)
        return Refusal(CANNOT_BE_HAD if hidden else exc, {"alternatives": instead})


@router.get("/{which}/history")
def history(office: TheOffice, _caller: Staff, found: Found) -> HistoryOut:
    """All that ever happened to it, oldest first: who, through what, before, after, why."""
    with office.around.ledger.read() as view:
        entries = view.history(found.id)
    return HistoryOut(entries=[EntryOut.of(each) for each in entries])


def _shown(office: TheOffice, caller: Caller, found: Appointment) -> AppointmentOut:
    with office.around.ledger.read() as view:
        links = view.links_of({found.id})
    return AppointmentOut.of(found, list(links.get(found.id, ())), caller)


def _command(caller: Caller, body: ActionBody) -> Command:
    return Command(action=_action(body.action), party=caller.role.party, reason=body.reason)


def _action(word: str) -> Action:
    try:
        return Action(word)
    except ValueError:
        known = ", ".join(each.value for each in RULES if each is not Action.HOLD)
        raise UnknownAction(f"there is no such action; there are: {known}") from None


def _version(if_match: str | None, found: Appointment) -> int | None:
    """RFC 9110 §13.1.1: the version that the appointment must still have."""
    tags = tags_in(if_match)
    if tags is None:
        return None
    if str(found.version) not in tags:
        raise VersionConflict("the appointment is not at that version any more; read it again")
    return found.version


def _new_time(body: ActionBody, found: Appointment) -> Interval | None:
    if body.action != Action.RESCHEDULE:
        if body.start is not None or body.duration_minutes is not None:
            raise wrong("start", "is for a reschedule only, and durationMinutes too")
        return None
    if body.start is None:
        raise wrong("start", "is needed: when it shall be")
    begins = moment(body.start, "start")
    length = found.interval.duration
    if body.duration_minutes is not None:
        length = timedelta(minutes=body.duration_minutes)
    return Interval(begins, begins + length)


def _changes(body: ActionBody) -> dict[Field, str | None]:
    """What an amendment says, of what it names."""
    named = body.model_dump(by_alias=True, exclude_unset=True)
    found = {each: named[each] for each in Field if each in named}
    if found and body.action != Action.AMEND:
        raise wrong(next(iter(found)), "is for an amendment only")
    if not found and body.action == Action.AMEND:
        raise wrong("notes", f"is needed, or another of: {', '.join(Field)}")
    return found


def _instead(
    office: TheOffice, found: Appointment, command: Command, *, claimed: bool
) -> list[dict[str, Any]]:
    """Free times for an appointment that could not have the one that was wanted."""
    if found.activity_id is None:
        return []
    wanted = command.interval or found.interval
    wish = Booking(
        activity_id=found.activity_id,
        practitioner_id=found.practitioner_id,
        start=wanted.start,
        duration=wanted.duration,
        party=command.party,
        client_id=found.client.id if found.client is not None else None,
        claimed=claimed,
    )
    return alternatives(office.around, wish, moving=found.id)
