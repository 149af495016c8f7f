"""Make appointments: bookings and holds, safe to ask for twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from syncd.core.access import Caller, Role, spell_key
from syncd.core.agenda import Slot
from syncd.core.appointment import Appointment, Link, Status
from syncd.core.errors import (
    BookingOff,
    NoRelationship,
    NotOffered,
    NotPermitted,
    OutsideOpeningHours,
    PastTime,
    SlotTaken,
    SyncdError,
    TooManyAhead,
    TooOften,
    Unknown,
)
from syncd.core.ids import ActivityId, AppointmentId, ClientId, PractitionerId, RoomId
from syncd.core.journal import Cause
from syncd.core.time import zone
from syncd.flows.anyone import WHOEVER, with_whoever_is_free
from syncd.flows.asking import Said
from syncd.flows.availability import ALTERNATIVES, next_slots
from syncd.flows.booking import Booking, seeker_of
from syncd.flows.once import LONGEST_KEY, Told, answered_before, book_once, told_at_last
from syncd.flows.once import Request as Once
from syncd.flows.people import clients_of
from syncd.flows.surroundings import Surroundings
from syncd.flows.visitors import secret_of
from syncd.web.appointment_answers import AppointmentOut, BookedOut
from syncd.web.bodies import BookingBody, HoldBody
from syncd.web.callers import AnyCaller, Somebody, TheOffice, TheWaitingRoom, cause_of
from syncd.web.door import Door, Refusal
from syncd.web.offer_answers import AlternativeOut
from syncd.web.texts import language_of, message
from syncd.web.times import minutes, moment, shown, wrong

router = APIRouter(route_class=Door, tags=["booking"])

_MESSAGES = {Status.PROPOSED: "held", Status.PENDING: "requested"}
CANNOT_BE_HAD = SlotTaken("this time cannot be had; take another")
REFUSED_FOR_GOOD = (BookingOff, NoRelationship, TooManyAhead)
"""Whatever the time."""
REFUSED_WITH_ALTERNATIVES = (NotOffered, OutsideOpeningHours, PastTime, SlotTaken)

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=LONGEST_KEY,
        description="The same key with the same body books once, and is answered the same.",
    ),
]


@router.post("/appointments", status_code=201, response_model=BookedOut)
async def book_appointment(
    room: TheWaitingRoom,
    office: TheOffice,
    caller: AnyCaller,
    request: Request,
    body: BookingBody,
    key: Key = None,
) -> Response:
    """Book an appointment. Its status is `booked`, or `pending` where the activity needs to be
    confirmed. A refusal names times that are really free. Where a calendar has the last word, this
    takes until that has said it, 30 seconds at most."""
    asked = _Asked(office.around, caller, request, body)
    until = room.longest()
    made = await run_in_threadpool(asked.book, key)
    while not isinstance(made, Response):
        await room.wait(made, until)
        made = await run_in_threadpool(asked.told_at_last, made, key)
    return made


@router.post("/holds", status_code=201, response_model=BookedOut)
def hold(
    office: TheOffice, caller: Somebody, request: Request, body: HoldBody, key: Key = None
) -> Response:
    """Keep a time free for some minutes, as a `proposed` appointment: the action `book` makes it a
    real one, `cancel` lets it go. No calendar is told of it before."""
    lasts = timedelta(minutes=body.minutes)
    asked = _Asked(office.around, caller, request, body)
    return asked.response(asked.told(key, hold_for=lasts).answer)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request to book."""

    around: Surroundings
    caller: Caller
    request: Request
    body: BookingBody
    refused: set[PractitionerId] = field(default_factory=set)
    """Whose calendars have refused it."""

    def book(self, key: str | None) -> Response | AppointmentId:
        """The answer, or for which appointment a calendar's word is to be waited for."""
        told = self.told(key)
        return self.response(told.answer) if told.answer else told.appointment_id

    def told(self, key: str | None, *, hold_for: timedelta | None = None) -> Told:
        """Whoever asks again is answered as before, whatever they could ask for by now."""
        request = self._once(key)
        kept = answered_before(self.around, request) if request else None
        if kept is not None:
            self._require_theirs(kept.appointment_id)
            return kept
        wish = _wish(self.body, self.caller, hold_for=hold_for)
        self._require_client(wish)
        cause = cause_of(self.caller, self.request)
        try:
            return self._answered(wish, cause, request)
        except (TooManyAhead, TooOften) as exc:
            if self.caller.role is not Role.PUBLIC:
                raise
            # Whoever only claims to be somebody is not told what that somebody has.
            raise Refusal(CANNOT_BE_HAD, self._instead(wish)) from exc
        except (BookingOff, NoRelationship):
            raise
        except REFUSED_WITH_ALTERNATIVES as exc:
            raise self._refusal(exc, wish) from exc

    def told_at_last(self, which: AppointmentId, key: str | None) -> Response | AppointmentId:
        """What a calendar's word has made of the booking; where that refused it, and anybody would
        do, a booking with somebody else."""
        try:
            told = told_at_last(self.around, which, request=self._once(key), render=self._answer)
        except SlotTaken as exc:
            wish = _wish(self.body, self.caller)
            with self.around.ledger.read() as view:
                who = view.appointment(which).practitioner_id
            if wish.practitioner_id != WHOEVER or who in self.refused:
                raise self._refusal(exc, wish) from exc
            self.refused.add(who)
            return self.book(key)
        return self.response(told.answer)

    def _refusal(self, exc: SyncdError, wish: Booking) -> Refusal:
        hidden = self.caller.role is Role.PUBLIC and isinstance(exc, SlotTaken)
        return Refusal(CANNOT_BE_HAD if hidden else exc, self._instead(wish))

    def response(self, answer: str) -> Response:
        told = json.loads(answer)
        made = told["appointment"]
        if self.caller.role is Role.PUBLIC:
            # The key is kept nowhere, so not with the answer either.
            secret = secret_of(self.around, cause_of(self.caller, self.request))
            told["key"] = spell_key(AppointmentId(made["id"]), secret)
        return Response(
            json.dumps(told, ensure_ascii=False),
            status_code=201,
            media_type="application/json",
            headers={
                "Location": f"/api/v1/appointments/{made['id']}",
                "ETag": etag(made["version"]),
            },
        )

    def _require_theirs(self, which: AppointmentId) -> None:
        """Raises Unknown for the answer about one for whom a guardian is responsible no more."""
        with self.around.ledger.read() as view:
            if self.caller.role is Role.GUARDIAN and not self.caller.owns(view.appointment(which)):
                raise Unknown("appointment", which)

    def _require_client(self, wish: Booking) -> None:
        """Raises Unknown for a client who is none of the practitioner's who names them."""
        if wish.client_id is None or self.caller.role is not Role.PRACTITIONER:
            return
        with self.around.ledger.read() as view:
            if wish.client_id not in (clients_of(view, self.caller) or ()):
                raise Unknown("client", wish.client_id)

    def _answered(self, wish: Booking, cause: Cause, request: Once | None) -> Told:
        def book(wish: Booking) -> Told:
            return book_once(self.around, wish, cause, request=request, render=self._answer)

        return with_whoever_is_free(self.around, wish, book, but_for=self.refused)

    def _once(self, key: str | None) -> Once | None:
        """Whose key it is: one person may stand for several, each with keys of their own."""
        if key is None:
            return None
        return Once(caller=self._caller(), key=key, fingerprint=self._fingerprint())

    def _caller(self) -> str:
        it = self.caller
        who = (it.name, it.role.value, it.practitioner_id, it.client_id)
        return "/".join(each or "" for each in who)

    def _answer(self, made: Appointment, links: Sequence[Link]) -> str:
        """The whole answer: it is kept, and given again to whoever asks with the same key."""
        text = message(_MESSAGES.get(made.status, "booked"), self._language())
        shown_as = AppointmentOut.of(made, list(links), self.caller)
        return BookedOut(appointment=shown_as, message=text).model_dump_json(by_alias=True)

    def _instead(self, wish: Booking) -> dict[str, Any]:
        return {"alternatives": alternatives(self.around, wish)}

    def _fingerprint(self) -> str:
        wanted = f"{self.request.url.path} {self.body.model_dump_json(exclude_unset=True)}"
        return sha256(wanted.encode()).hexdigest()

    def _language(self) -> str:
        return language_of(self.request.headers.get("accept-language"))


def alternatives(
    around: Surroundings, wish: Booking, *, moving: AppointmentId | None = None
) -> list[dict[str, Any]]:
    """When it could be instead; none where nothing is known of that."""
    start = max(wish.start, around.clock.now())
    found: list[Slot] = []
    with suppress(SyncdError):
        found = next_slots(
            around,
            wish.activity_id,
            None if wish.practitioner_id == WHOEVER else wish.practitioner_id,
            start,
            duration=wish.duration,
            seeker=seeker_of(wish, moving=moving),
            count=ALTERNATIVES + 1,
        )
    found = [each for each in found if each.start != wish.start][:ALTERNATIVES]
    if not found:
        return []
    with around.ledger.read() as view:
        who = {each.practitioner_id for each in found}
        zones = {each: zone(view.practitioner(each).timezone) for each in who}
    return [
        AlternativeOut(
            start=shown(each.start, zones[each.practitioner_id]),
            practitioner_id=each.practitioner_id,
            durations_minutes=[minutes(length) for length in each.durations],
        ).model_dump(mode="json", by_alias=True)
        for each in found
    ]


def etag(version: int) -> str:
    """A strong validator (RFC 9110 §8.8.3): the version grows with each change."""
    return f'"{version}"'


def _wish(body: BookingBody, caller: Caller, *, hold_for: timedelta | None = None) -> Booking:
    """What is asked for, for whom. Raises Invalid, or NotPermitted."""
    practitioner_id = _with_whom(body, caller)
    if caller.role is Role.VISITOR:
        raise NotPermitted("this key is to one appointment; book without it")
    if not caller.may_book_with(practitioner_id):
        raise NotPermitted("a practitioner books for nobody but themselves")
    client_id = _client_id(body, caller)
    length = body.duration_minutes
    plain = Booking(
        activity_id=ActivityId(body.activity_id),
        practitioner_id=practitioner_id,
        start=moment(body.start, "start"),
        duration=timedelta(minutes=length) if length else None,
        client_id=client_id,
        claimed=caller.is_claimed,
        room_id=_room_id(body, caller),
        overbook=body.overbook,
        reason=body.reason,
        party=caller.role.party,
        said=Said(
            notes=body.notes,
            address=body.address,
            answer=body.custom_field_value,
            meeting=body.meeting_type,
        ),
        hold_for=hold_for,
    )
    if body.client is None:
        return replace(plain, client_phone=body.phone)
    who = body.client
    return replace(plain, client_name=who.name, client_email=who.email, client_phone=who.phone)


def _with_whom(body: BookingBody, caller: Caller) -> PractitionerId:
    if body.practitioner_id is not None:
        return PractitionerId(body.practitioner_id)
    return caller.practitioner_id or WHOEVER


def _client_id(body: BookingBody, caller: Caller) -> ClientId | None:
    if caller.role is Role.CLIENT:
        if body.client is not None or body.client_id is not None:
            raise wrong("client", "is whoever asks; leave it out")
        return caller.client_id
    if caller.role is Role.GUARDIAN:
        return _ward(body, caller)
    if body.phone is not None:
        raise wrong("phone", "is for clients; say it in `client`")
    if caller.role is Role.PUBLIC and body.client_id is not None:
        raise wrong("clientId", "is for staff; say who it is for by `client`")
    if (body.client is None) == (body.client_id is None):
        raise wrong("client", "is needed" if body.client is None else "or clientId, not both")
    return ClientId(body.client_id) if body.client_id is not None else None


def _room_id(body: BookingBody, caller: Caller) -> RoomId | None:
    if body.room_id is not None and not caller.is_staff:
        raise wrong("roomId", "is for staff; leave it out")
    return RoomId(body.room_id) if body.room_id is not None else None


def _ward(body: BookingBody, caller: Caller) -> ClientId:
    """For whom a guardian books: the one that is named, or the only one there is."""
    if body.client is not None:
        raise wrong("client", "is one of yours; say by clientId which one")
    if body.client_id is None:
        if len(caller.wards) != 1:
            raise wrong("clientId", "says which of yours it is for")
        return next(iter(caller.wards))
    wanted = ClientId(body.client_id)
    if wanted not in caller.clients:
        raise Unknown("client", wanted)
    return wanted
