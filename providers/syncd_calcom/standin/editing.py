"""What changes a booking in place, under the same uid: where, who else comes, who hosts.

Vendor pages, version 2024-08-13; none of it existed in the server that was recorded, save
references, links and reassigning. Only the hosted service tells anybody: of a place and of a host.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from syncd_calcom.standin.announcing import announce
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.availability import is_free
from syncd_calcom.standin.booking_shapes import shape
from syncd_calcom.standin.hook_bodies import news
from syncd_calcom.standin.inserting import guest_of, hosts_of
from syncd_calcom.standin.messages import Answer, Deliver, Json, Steps, success
from syncd_calcom.standin.moments import api_time, is_zone
from syncd_calcom.standin.places import changed_place
from syncd_calcom.standin.refusals import Problem, refused, wrong_list
from syncd_calcom.standin.rows import Attendee, Booking, User
from syncd_calcom.standin.seats import holder_of
from syncd_calcom.standin.world import World


def change_location(asked: Asked) -> Steps:
    booking = _own(asked)
    location = asked.body.get("location")
    if not isinstance(location, dict) or "type" not in location:
        raise wrong_list([Problem(name="location", target=asked.body)])
    previous, booking.location = booking.location, changed_place(location)
    asked.world.write(booking)
    more = {"previousLocation": previous}
    yield from _tell(asked.world, booking, "BOOKING_LOCATION_UPDATED", more)
    return success(shape(asked.world, booking, asked.version))


def add_guests(asked: Asked) -> Answer:
    booking = _own(asked)
    first = booking.attendees[0]
    for each in asked.body.get("guests") or ():
        if all(each["email"] != known.email for known in booking.attendees):
            guest = guest_of(asked.world, first.time_zone, first.language, each["email"])
            booking.attendees.append(guest)
            booking.guests.append(guest.email)
    asked.world.write(booking)
    return success(shape(asked.world, booking, asked.version))


def list_attendees(asked: Asked) -> Answer:
    booking = _own(asked)
    return success([_attendee(booking, each) for each in booking.attendees])


def read_attendee(asked: Asked) -> Answer:
    booking = _own(asked)
    return success(_attendee(booking, _numbered(asked, booking)))


def add_attendee(asked: Asked) -> Answer:
    booking = _own(asked)
    body = asked.body
    if not is_zone(body.get("timeZone")):
        rule = {"isTimeZone": "timeZone must be a valid IANA time-zone"}
        raise wrong_list([Problem(name="timeZone", constraints=rule, target=body)])
    attendee = Attendee(
        id=asked.world.mint.number("attendee"),
        email=str(body.get("email", "")),
        name=str(body.get("name", "")),
        time_zone=body["timeZone"],
        language=str(body.get("language", "en")),
        phone=body.get("phoneNumber"),
    )
    booking.attendees.append(attendee)
    asked.world.write(booking)
    return success(_attendee(booking, attendee), status=201)


def remove_attendee(asked: Asked) -> Answer:
    booking = _own(asked)
    found = _numbered(asked, booking)
    if found is booking.attendees[0]:
        raise refused(400, "The primary attendee cannot be removed")
    booking.attendees.remove(found)
    booking.guests = [each for each in booking.guests if each != found.email]
    asked.world.write(booking)
    shown = {"id": found.id, "bookingId": booking.id, "name": found.name, "email": found.email}
    return success(shown | {"timeZone": found.time_zone})


def _numbered(asked: Asked, booking: Booking) -> Attendee:
    number = asked.parameters["attendeeId"]
    found = next((each for each in booking.attendees if str(each.id) == number), None)
    if found is None:
        raise refused(404, f"Attendee with id {number} not found in this booking")
    return found


def _attendee(booking: Booking, each: Attendee) -> Json:
    shown: Json = {
        "id": each.id,
        "bookingId": booking.id,
        "name": each.name,
        "email": each.email,
        "displayEmail": each.email,
        "timeZone": each.time_zone,
        "language": each.language,
        "absent": each.is_absent,
    }
    return shown | ({"phoneNumber": each.phone} if each.phone else {})


def by_seat(asked: Asked) -> Answer:
    booking = holder_of(asked.world, asked.parameters["seatUid"])
    if booking is None:
        raise refused(404, f"Seat with uid={asked.parameters['seatUid']} does not exist.")
    return success(shape(asked.world, booking, asked.version))


def reassign(asked: Asked) -> Steps:
    """To whoever of the other hosts is free at that time."""
    booking = _own(asked)
    event_type = asked.world.event_type_of(booking)
    others = hosts_of(asked.world, event_type) if event_type else []
    span = (booking.start, booking.end)
    free = [
        each
        for each in others
        if event_type is not None
        and each.id != booking.host_id
        and is_free(asked.world, event_type, span, host=each)
    ]
    if not free:
        raise refused(400, "Can't reassign the booking because no other host is available")
    return (yield from _hand_over(asked, booking, free[0]))


def reassign_to(asked: Asked) -> Steps:
    """To one host by id, whether free or not."""
    booking = _own(asked)
    event_type = asked.world.event_type_of(booking)
    number = asked.parameters["userId"]
    hosts = hosts_of(asked.world, event_type) if event_type else []
    found = next((each for each in hosts if str(each.id) == number), None)
    if found is None:
        raise refused(404, f"User with id={number} is not a host of the event type")
    return (yield from _hand_over(asked, booking, found, reason=asked.body.get("reason")))


def _hand_over(asked: Asked, booking: Booking, to: User, *, reason: str | None = None) -> Steps:
    world = asked.world
    before, booking.host_id = booking.host_id, to.id
    world.write(booking)
    more = {"addedHostUserIds": [to.id], "removedHostUserIds": [before]}
    yield from _tell(world, booking, "BOOKING_REASSIGNED", more)
    shown: Json = {
        "bookingUid": booking.uid,
        "reassignedTo": {"id": to.id, "name": to.name, "email": to.email}
        | ({"displayEmail": to.email} if world.profile.shows_display_emails else {}),
    }
    return success(shown | ({"reason": reason} if reason is not None else {}))


def _tell(world: World, booking: Booking, trigger: str, more: Json) -> Iterable[Deliver]:
    if world.profile.announces_edits:
        yield announce(world, booking, trigger, news(world, booking) | more)


def references(asked: Asked) -> Answer:
    """The events that Cal.com itself wrote into connected calendars; none are connected here,
    unless a test put some into the row."""
    booking = _existing(asked)
    if booking.host_id != asked.caller.known.id:
        raise refused(400, f"Booking with uid {booking.uid} does not belong to user")
    kind = asked.query("type")
    return success([each for each in booking.references if kind in {None, each["type"]}])


def calendar_links(asked: Asked) -> Answer:
    """Observed: the file has a uid of its own, which is not the booking's."""
    booking = _existing(asked)
    times = f"{booking.start:%Y%m%dT%H%M%SZ}/{booking.end:%Y%m%dT%H%M%SZ}"
    spelled = f"startdt={api_time(booking.start)}&enddt={api_time(booking.end)}"
    deep = f"calendar/0/deeplink/compose?{spelled}&subject={quote(booking.title)}"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        f"UID:{asked.world.mint.uid()}",
        f"SUMMARY:{booking.title}",
        f"DTSTART:{booking.start:%Y%m%dT%H%M%SZ}",
        f"DURATION:PT{booking.minutes}M",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    google = f"https://calendar.google.com/calendar/r/eventedit?dates={times}"
    return success(
        [
            _link("googleCalendar", "Google Calendar", f"{google}&text={quote(booking.title)}"),
            _link("microsoftOffice", "Microsoft Office", f"https://outlook.office.com/{deep}"),
            _link("microsoftOutlook", "Microsoft Outlook", f"https://outlook.live.com/{deep}"),
            _link("ics", "ICS", "data:text/calendar," + quote("\r\n".join(lines), safe="")),
        ]
    )


def _link(number: str, label: str, link: str) -> Json:
    return {"id": number, "label": label, "link": link}


def no_video(asked: Asked) -> Answer:
    """Recordings and transcripts of a booking that has no video meeting."""
    uid = asked.parameters["bookingUid"]
    raise refused(404, f"No Cal Video reference found with booking uid {uid}")


def _existing(asked: Asked) -> Booking:
    uid = asked.parameters["bookingUid"]
    booking = asked.world.booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid {uid} not found")
    return booking


def _own(asked: Asked) -> Booking:
    booking = _existing(asked)
    if booking.host_id != asked.caller.known.id:
        raise refused(403, f"User is not a host of booking with uid {booking.uid}")
    return booking
