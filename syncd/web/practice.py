"""The practice's own things: who one is, practitioners, and the switch for bookings."""

from __future__ import annotations

from fastapi import APIRouter, Request

from syncd.web.answers import WhoOut
from syncd.web.bodies import BookingSwitch
from syncd.web.callers import Admin, AnyCaller, TheOffice, cause_of
from syncd.web.door import Door
from syncd.web.offer_answers import (
    PractitionerOut,
    PractitionersOut,
    RoomOut,
    RoomsOut,
)

router = APIRouter(route_class=Door, tags=["practice"])


@router.get("/me")
def who_am_i(caller: AnyCaller) -> WhoOut:
    """Whom this credential stands for."""
    return WhoOut(
        role=caller.role, practitioner_id=caller.practitioner_id, client_id=caller.client_id
    )


@router.get("/practitioners")
def practitioners(office: TheOffice, _caller: AnyCaller) -> PractitionersOut:
    """Who can be booked."""
    with office.around.ledger.read() as view:
        found = view.practitioners(active_only=True)
    return PractitionersOut(practitioners=[PractitionerOut.of(each) for each in found])


@router.get("/rooms")
def rooms(office: TheOffice, _caller: AnyCaller) -> RoomsOut:
    """Where appointments are; an appointment's `roomId` is one of them."""
    with office.around.ledger.read() as view:
        found = view.rooms(active_only=True)
    return RoomsOut(rooms=[RoomOut.of(each) for each in found])


@router.get("/settings/booking")
def booking_switch(office: TheOffice, _caller: AnyCaller) -> BookingSwitch:
    """Whether clients and the public can book at the moment."""
    with office.around.ledger.read() as view:
        return BookingSwitch(enabled=view.is_booking_on())


@router.put("/settings/booking")
def switch_booking(
    office: TheOffice, caller: Admin, request: Request, body: BookingSwitch
) -> BookingSwitch:
    """Let clients and the public book, or not. Staff always may."""
    cause = cause_of(caller, request)
    office.around.ledger.write(lambda tx: tx.switch_booking(cause, on=body.enabled))
    return body
