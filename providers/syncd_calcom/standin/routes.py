"""Every address that is answered: method, path, family of versions, who may ask, which scope.

A table and nothing else; `desk` reads it. The order counts: the first that fits answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd_calcom.standin import (
    booking_lists,
    cancelling,
    creating,
    deciding,
    editing,
    event_types,
    hooks,
    legacy,
    legacy_event_types,
    moving,
    people,
    reservations,
    schedules,
    slots,
)
from syncd_calcom.standin.asked import Handler
from syncd_calcom.standin.auth import Access
from syncd_calcom.standin.profile import Profile
from syncd_calcom.standin.versions import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`path` has names in braces. `legacy` answers the family's oldest version; without it there
    is nothing at that address in that version. `needs`: a switch of the profile."""

    method: str
    path: str
    handler: Handler
    family: Family = Family.NEUTRAL
    access: Access = Access.KEYED
    scope: str = ""
    legacy: Handler | None = None
    needs: str = ""

    def is_in(self, profile: Profile) -> bool:
        return not self.needs or bool(getattr(profile, self.needs))


def _bookings(
    method: str,
    path: str,
    handler: Handler,
    *,
    access: Access = Access.GUARDED,
    legacy: Handler | None = None,
    needs: str = "",
) -> Route:
    return Route(
        method=method,
        path=f"/v2/bookings{path}",
        handler=handler,
        family=Family.BOOKINGS,
        access=access,
        scope="BOOKING_READ" if method == "GET" else "BOOKING_WRITE",
        legacy=legacy,
        needs=needs,
    )


def _scoped(
    prefix: str, family: Family, scope: str, *rows: tuple[str, str, Handler]
) -> list[Route]:
    return [
        Route(
            method=method,
            path=prefix + path,
            handler=handler,
            family=family,
            scope=f"{scope}_{'READ' if method == 'GET' else 'WRITE'}",
        )
        for method, path, handler in rows
    ]


_ONE = "/{bookingUid}"
_ATTENDEE = f"{_ONE}/attendees/{{attendeeId}}"
_BOOKINGS = [
    _bookings("GET", "", booking_lists.list_bookings, legacy=legacy.list_bookings),
    _bookings("POST", "", creating.create, access=Access.OPEN, legacy=legacy.create_booking),
    _bookings(
        "GET", "/by-seat/{seatUid}", editing.by_seat, access=Access.OPEN, needs="edits_bookings"
    ),
    _bookings("GET", _ONE, booking_lists.read, access=Access.OPEN, legacy=legacy.read_booking),
    _bookings(
        "POST",
        f"{_ONE}/cancel",
        cancelling.cancel,
        access=Access.OPEN,
        legacy=legacy.cancel_booking,
    ),
    _bookings("POST", f"{_ONE}/reschedule", moving.reschedule, access=Access.OPEN),
    _bookings("POST", f"{_ONE}/confirm", deciding.confirm),
    _bookings("POST", f"{_ONE}/decline", deciding.decline),
    _bookings("POST", f"{_ONE}/mark-absent", deciding.mark_absent),
    _bookings("POST", f"{_ONE}/reassign", editing.reassign),
    _bookings("POST", f"{_ONE}/reassign/{{userId}}", editing.reassign_to),
    _bookings(
        "POST",
        f"{_ONE}/request-reschedule",
        moving.request_reschedule,
        needs="requests_reschedules",
    ),
    _bookings("PATCH", f"{_ONE}/location", editing.change_location, needs="edits_bookings"),
    _bookings("POST", f"{_ONE}/guests", editing.add_guests, needs="edits_bookings"),
    _bookings("GET", f"{_ONE}/attendees", editing.list_attendees, needs="edits_bookings"),
    _bookings("POST", f"{_ONE}/attendees", editing.add_attendee, needs="edits_bookings"),
    _bookings("GET", _ATTENDEE, editing.read_attendee, needs="edits_bookings"),
    _bookings("DELETE", _ATTENDEE, editing.remove_attendee, needs="edits_bookings"),
    _bookings("GET", f"{_ONE}/references", editing.references),
    _bookings("GET", f"{_ONE}/calendar-links", editing.calendar_links),
    _bookings("GET", f"{_ONE}/recordings", editing.no_video),
    _bookings("GET", f"{_ONE}/transcripts", editing.no_video),
]
_SLOTS = [
    Route(method=method, path=path, handler=handler, family=Family.SLOTS, access=Access.OPEN)
    for method, path, handler in (
        ("GET", "/v2/slots", slots.list_slots),
        ("POST", "/v2/slots/reservations", reservations.reserve),
        ("GET", "/v2/slots/reservations/{uid}", reservations.read_reservation),
        ("PATCH", "/v2/slots/reservations/{uid}", reservations.move_reservation),
        ("DELETE", "/v2/slots/reservations/{uid}", reservations.release),
    )
]
_TYPE = "/v2/event-types/{eventTypeId}"
_EVENT_TYPES = [
    Route(
        method="GET",
        path="/v2/event-types",
        handler=event_types.list_event_types,
        family=Family.EVENT_TYPES,
        access=Access.OPEN,
        scope="EVENT_TYPE_READ",
        legacy=legacy_event_types.list_event_types,
    ),
    *(
        Route(
            method=method,
            path=path,
            handler=handler,
            family=Family.EVENT_TYPES,
            access=Access.GUARDED,
            scope="EVENT_TYPE_READ" if method == "GET" else "EVENT_TYPE_WRITE",
        )
        for method, path, handler in (
            ("POST", "/v2/event-types", event_types.create_event_type),
            ("GET", _TYPE, event_types.read_event_type),
            ("PATCH", _TYPE, event_types.change_event_type),
            ("DELETE", _TYPE, event_types.delete_event_type),
        )
    ),
]
_SCHEDULES = [
    Route(
        method="GET",
        path="/v2/schedules",
        handler=schedules.list_schedules,
        family=Family.SCHEDULES,
        scope="SCHEDULE_READ",
        legacy=legacy.list_schedules,
    ),
    *_scoped(
        "/v2/schedules",
        Family.SCHEDULES,
        "SCHEDULE",
        ("POST", "", schedules.create_schedule),
        ("GET", "/default", schedules.read_default),
        ("GET", "/{scheduleId}", schedules.read_schedule),
        ("PATCH", "/{scheduleId}", schedules.change_schedule),
        ("DELETE", "/{scheduleId}", schedules.delete_schedule),
    ),
]
_HOOKS = _scoped(
    "/v2",
    Family.NEUTRAL,
    "WEBHOOK",
    ("GET", "/webhooks", hooks.list_hooks),
    ("POST", "/webhooks", hooks.create_hook),
    ("GET", "/webhooks/{webhookId}", hooks.read_hook),
    ("PATCH", "/webhooks/{webhookId}", hooks.change_hook),
    ("DELETE", "/webhooks/{webhookId}", hooks.delete_hook),
    ("GET", "/event-types/{eventTypeId}/webhooks", hooks.list_type_hooks),
    ("POST", "/event-types/{eventTypeId}/webhooks", hooks.create_type_hook),
    ("GET", "/event-types/{eventTypeId}/webhooks/{webhookId}", hooks.read_type_hook),
    ("PATCH", "/event-types/{eventTypeId}/webhooks/{webhookId}", hooks.change_type_hook),
    ("DELETE", "/event-types/{eventTypeId}/webhooks/{webhookId}", hooks.delete_type_hook),
)
_PEOPLE = [
    *_scoped(
        "/v2",
        Family.NEUTRAL,
        "PROFILE",
        ("GET", "/me", people.me),
        ("PATCH", "/me", people.change_me),
        ("POST", "/api-keys/refresh", people.refresh_key),
    ),
    *_scoped(
        "/v2",
        Family.NEUTRAL,
        "APPS",
        ("GET", "/calendars", people.calendars),
        ("GET", "/calendars/busy-times", people.busy_times),
        ("GET", "/conferencing", people.conferencing),
    ),
    Route(
        method="GET",
        path="/v2/calendars/connections",
        handler=people.connections,
        scope="APPS_READ",
        needs="edits_bookings",
    ),
    Route(
        method="POST",
        path="/v2/auth/oauth2/token",
        handler=people.exchange_token,
        access=Access.OPEN,
    ),
    Route(method="GET", path="/health", handler=people.health, access=Access.OPEN),
]
ROUTES = (*_BOOKINGS, *_SLOTS, *_HOOKS, *_EVENT_TYPES, *_SCHEDULES, *_PEOPLE)
