"""Read a booking as API v2 shows it, tolerantly: what is missing, null or new is no exception.

Keys are absent rather than null in some releases and null in others; both mean the same here. What
nothing can be done without is the uid, the times and a status that is known; a row without them is
`Unfit`, with a reason. Pure. Vendor schema of 2024-08-13 and 2026-02-25.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.core.events import EventStatus

STATUSES = {
    "accepted": EventStatus.CONFIRMED,
    "pending": EventStatus.TENTATIVE,
    "awaiting_host": EventStatus.TENTATIVE,
    "cancelled": EventStatus.CANCELLED,
    "rejected": EventStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A host or an attendee; "" and None where nothing is said. Attendees of a seated booking have
    their own metadata."""

    id: int | None
    email: str
    zone: str
    metadata: Mapping[str, str]
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """`start` and `end` are aware UTC. `event_type` is None once it was deleted. Bookings of one
    chain of moves share an `ics_uid`. `moved_from` and `moved_to` are uids of bookings, `series`
    that of a series; "" where there is none, as without a `meeting_link`."""

    uid: str
    status: EventStatus
    start: datetime
    end: datetime
    title: str
    ics_uid: str
    event_type: int | None
    hosts: tuple[Person, ...]
    attendees: tuple[Person, ...]
    metadata: Mapping[str, str]
    series: str
    moved_from: str
    moved_to: str
    meeting_link: str = ""

    @property
    def is_absent(self) -> bool:
        """Whether nobody of those who were expected came."""
        return bool(self.attendees) and all(each.absent for each in self.attendees)

    @property
    def is_over(self) -> bool:
        return self.status is EventStatus.CANCELLED


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that cannot be understood; `uid` is "" where it cannot even be named."""

    uid: str
    reason: str


def read_booking(raw: object) -> Booking | Unfit:
    """The booking in one row of an answer."""
    if not isinstance(raw, dict):
        return Unfit("", "a row that is no object")
    uid = text_in(raw, "uid")
    if not uid:
        return Unfit("", "a booking without a uid")
    status = STATUSES.get(text_in(raw, "status").lower())
    start, end = instant_in(raw, "start"), instant_in(raw, "end")
    if status is None:
        return Unfit(uid, _why_no_status(raw))
    if start is None or end is None:
        return Unfit(uid, "its start or end is no time with a zone")
    if end < start:
        return Unfit(uid, "it ends before it starts")
    return Booking(
        uid=uid,
        status=status,
        start=start,
        end=end,
        title=text_in(raw, "title"),
        meeting_link=_meeting_link(raw),
        ics_uid=text_in(raw, "icsUid"),
        event_type=_event_type(raw),
        hosts=_people(raw.get("hosts")),
        attendees=_people(raw.get("attendees")),
        metadata=_metadata(raw.get("metadata")),
        series=text_in(raw, "recurringBookingUid"),
        moved_from=text_in(raw, "rescheduledFromUid"),
        moved_to=text_in(raw, "rescheduledToUid"),
    )


def _meeting_link(raw: Mapping[str, object]) -> str:
    """Where people meet, where that is an address of the web; "" for a room or a telephone."""
    found = text_in(raw, "location") or text_in(raw, "meetingUrl")
    return found if found.startswith(("https://", "http://")) and found.isprintable() else ""


def text_in(raw: Mapping[str, object], name: str) -> str:
    """The text under that name; "" for anything else."""
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def instant_in(raw: Mapping[str, object], name: str) -> datetime | None:
    """The instant under that name, aware UTC; None for anything else, a time without a zone too."""
    try:
        found = datetime.fromisoformat(text_in(raw, name))
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def number_in(raw: Mapping[str, object], name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _why_no_status(raw: Mapping[str, object]) -> str:
    if "startTime" in raw:
        return "it has the shape of another API version"
    return "its status is not one that is known"


def _event_type(raw: Mapping[str, object]) -> int | None:
    nested = raw.get("eventType")
    found = number_in(nested, "id") if isinstance(nested, dict) else None
    return found if found is not None else number_in(raw, "eventTypeId")


def _people(value: object) -> tuple[Person, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        Person(
            id=number_in(each, "id"),
            email=text_in(each, "email"),
            zone=text_in(each, "timeZone"),
            metadata=_metadata(each.get("metadata")),
            absent=each.get("absent") is True,
        )
        for each in value
        if isinstance(each, dict)
    )


def _metadata(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(key): text for key, text in value.items() if isinstance(text, str)}
