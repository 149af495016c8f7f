"""Turn bookings into events: what a booking means, what it is called, what tells two states apart.

One booking is one event, also an occurrence of a series and a time with seats. Asks nothing: what
only the server knows (whose part it is, what took its place) comes in, and is kept in the body, so
that a stored one reads the same. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from syncd.core.errors import Rejected
from syncd.core.events import Attendance, EventStatus, Guest, RemoteEvent, Timed, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.time import Interval
from syncd_calcom.answers import parsed
from syncd_calcom.kinds import Kinds, local_length
from syncd_calcom.marks import Marks, marks_in
from syncd_calcom.shapes import Booking, Unfit, instant_in, read_booking, text_in

_COUNTED = (
    *("title", "description", "status", "start", "end", "location", "absentHost", "metadata"),
    *("eventTypeId", "cancellationReason", "reschedulingReason", "icsUid", "guests"),
    *("bookingFieldsResponses", "recurringBookingUid", "rescheduledFromUid"),
)
"""What a version tells apart. `updatedAt` is not among them: it stays when an attendee is marked
absent or leaves a seat, and moves when nothing did. Nor is the successor, which tells of itself."""
_OF_PEOPLE = ("id", "email", "name", "timeZone", "absent", "phoneNumber", "seatUid", "metadata")
_FLEETING = frozenset({"updatedAt", "rescheduledToUid", "id"})
_NO_MAILBOX = "@sms.cal.com"
_LONGEST_NAME = 200
_LOSSLESS: tuple[object, ...] = (None, "", [], {})
"""Ways in which answers say that there is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A booking as the server shows it, with what it does not say of it by itself: the account
    owner's part, and what took the place of an occurrence."""

    raw: Mapping[str, object]
    part: Attendance = Attendance.OWN
    continued_by: str = ""

    @property
    def body(self) -> str:
        """The whole of it as text; the same for the same booking."""
        kept: dict[str, object] = {"booking": self.raw, "part": self.part.value}
        if self.continued_by:
            kept["continuedBy"] = self.continued_by
        return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Reader:
    """`kinds` are the practice's own words for event types."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds

    def event(self, row: Row) -> RemoteEvent | Unreadable:
        """The event that a row shows, at the version that it is at; `Unreadable` with a reason."""
        booking = read_booking(row.raw)
        version = Version(_digest([_counted(row.raw), row.part.value]))
        if isinstance(booking, Unfit):
            ref = EventRef(booking.uid)
            return Unreadable(ref=ref, version=version, reason=booking.reason)
        found = self._event_of(row, booking, version)
        derived = _digest([version, found.digest])  # what the settings make of it counts, too
        return replace(found, version=Version(derived))

    def stored(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        """The event that a stored body stands for."""
        row = row_in(body)
        booking = read_booking(row.raw) if row else Unfit("", "not a stored booking")
        if row is None or isinstance(booking, Unfit):
            reason = booking.reason if isinstance(booking, Unfit) else ""
            return Unreadable(ref=ref, version=version, reason=reason)
        return replace(self._event_of(row, booking, version), ref=ref, body=body)

    def _event_of(self, row: Row, booking: Booking, version: Version) -> RemoteEvent:
        marks = marks_of(booking)
        remote = booking.end - booking.start
        length = marks.length(remote) or local_length(self._kinds, booking.event_type, remote)
        end = booking.end if length == remote else _later(booking.start, length)
        event = RemoteEvent(
            ref=EventRef(booking.uid),
            version=version,
            uid=Uid(booking.ics_uid or f"{booking.uid}@Cal.com"),
            when=Timed(booking.start, end, _zone_of(booking)),
            title=booking.title if marks.appointment is None else marks.title,
            status=booking.status,
            transparent=booking.is_over or marks.is_free,
            attendance=row.part,
            mark=marks.appointment,
            is_marked=booking.event_type in self._kinds,
            activity=self._activity(booking.event_type),
            continues=EventRef(booking.moved_from) if booking.moved_from else None,
            continued_by=_successor(row, booking),
            guest=_guest(row) if marks.appointment is None else None,
            meeting_link=booking.meeting_link or None,
            absent=booking.is_absent,
            body=row.body,
        )
        return replace(event, digest=_meaning(event))

    def _activity(self, event_type: int | None) -> str | None:
        kind = self._kinds.get(event_type) if event_type is not None else None
        return kind.activity if kind else None


def marks_of(booking: Booking) -> Marks:
    """What syncd left in it; of a time with seats, in one of them."""
    places = (booking.metadata, *(each.metadata for each in booking.attendees))
    return next((found for found in map(marks_in, places) if found.appointment), Marks())


def row_in(body: str) -> Row | None:
    """The row in a stored body; None where it is no such thing."""
    kept = parsed(body)
    if not isinstance(kept, dict) or not isinstance(kept.get("booking"), dict):
        return None
    part = text_in(kept, "part")
    if part not in tuple(Attendance):
        return None
    return Row(
        raw=kept["booking"], part=Attendance(part), continued_by=text_in(kept, "continuedBy")
    )


def occurrences(event: RemoteEvent | Unreadable, horizon: Interval) -> tuple[Interval, ...]:
    """A booking takes place once. `Rejected` for what is none."""
    if not isinstance(event, RemoteEvent) or not isinstance(event.when, Timed):
        raise Rejected("not a booking")
    if event.when.start >= event.when.end:
        return ()
    found = Interval(event.when.start, event.when.end)
    return (found,) if found.overlaps(horizon) else ()


def losses(sent: str, kept: str) -> tuple[str, ...]:
    """What is not in `kept` as it is in `sent`, by its name in Cal.com. Both are bodies."""
    asked, there = row_in(sent), row_in(kept)
    if asked is None or there is None:
        return ("booking",)
    names = [name for name in asked.raw if name not in _FLEETING]
    return tuple(sorted(n for n in names if not _is_in(asked.raw[n], there.raw.get(n))))


def _is_in(asked: object, there: object) -> bool:
    """Whether all that was asked for is there; what the server adds is no loss."""
    if isinstance(asked, dict) and isinstance(there, dict):
        return all(_is_in(value, there.get(name)) for name, value in asked.items())
    if isinstance(asked, list) and isinstance(there, list):
        pairs = zip(asked, there, strict=False)
        return len(asked) <= len(there) and all(_is_in(one, other) for one, other in pairs)
    if asked in _LOSSLESS and there in _LOSSLESS:
        return True
    return asked == there or _same_instant(asked, there)


def _same_instant(one: object, other: object) -> bool:
    both = {"one": one, "other": other}
    first, second = instant_in(both, "one"), instant_in(both, "other")
    return first is not None and first == second


def _successor(row: Row, booking: Booking) -> EventRef | None:
    found = booking.moved_to or row.continued_by
    return EventRef(found) if found and booking.is_over else None


def _later(start: datetime, length: timedelta) -> datetime:
    """At most the last instant that can be counted."""
    last = datetime.max.replace(tzinfo=UTC)
    return start + length if length < last - start else last


def _guest(row: Row) -> Guest | None:
    """Who booked a time that is theirs alone; not those whom they bring along. Somebody without a
    mailbox has one of Cal.com's own in its place, made of their number."""
    brought, people = row.raw.get("guests"), row.raw.get("attendees")
    others = brought if isinstance(brought, list) else ()
    found = [
        each
        for each in (people if isinstance(people, list) else ())
        if isinstance(each, dict) and text_in(each, "email") not in others
    ]
    if row.part is not Attendance.OWN or len(found) != 1:
        return None
    name = " ".join(text_in(found[0], "name").split())[:_LONGEST_NAME]
    mailbox = text_in(found[0], "displayEmail") or text_in(found[0], "email")
    is_theirs = "@" in mailbox.strip("@ ") and not mailbox.endswith(_NO_MAILBOX)
    phone = text_in(found[0], "phoneNumber").strip()
    return Guest(name, mailbox if is_theirs else None, phone or None) if name else None


def _zone_of(booking: Booking) -> str | None:
    """Where its host lives: bookings are offered on that wall clock."""
    name = next((each.zone for each in booking.hosts if each.zone), "")
    try:
        return ZoneInfo(name).key if name else None
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return None


def _meaning(event: RemoteEvent) -> str:
    """Tells two states apart that mean something else to the practice."""
    assert isinstance(event.when, Timed)
    when = (event.when.start.isoformat(), event.when.end.isoformat(), event.when.zone)
    flags = (event.transparent, event.is_marked, event.attendance.value)
    is_over = event.status is EventStatus.CANCELLED
    what = [when, event.title, event.status.value, flags, event.mark, is_over]
    return _digest([*what, "absent"] if event.absent else what)


def _counted(raw: Mapping[str, object]) -> object:
    """The part of a row that its version is made of, the same whether what is not there is absent,
    null or empty."""
    found: dict[str, object] = {name: raw.get(name) for name in _COUNTED}
    for name in ("hosts", "attendees"):
        people = raw.get(name)
        found[name] = [
            {key: each.get(key) for key in _OF_PEOPLE if each.get(key) not in _LOSSLESS}
            for each in (people if isinstance(people, list) else ())
            if isinstance(each, dict)
        ]
    return {name: value for name, value in found.items() if value not in _LOSSLESS}


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()
