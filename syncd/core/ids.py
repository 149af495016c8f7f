"""Identities, and the two that are derived: appointment numbers and remote identities.

Does not draw randomness or read a clock: both come in as values. Design §5 (deterministic
identity) and promise P5 (numbers).
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import NewType
from uuid import UUID, uuid5

PracticeId = NewType("PracticeId", str)
PractitionerId = NewType("PractitionerId", str)
ClientId = NewType("ClientId", str)
ActivityId = NewType("ActivityId", str)
RoomId = NewType("RoomId", str)
CalendarId = NewType("CalendarId", str)
AppointmentId = NewType("AppointmentId", str)
ConflictId = NewType("ConflictId", str)
PlanId = NewType("PlanId", str)
TokenId = NewType("TokenId", str)
DeliveryId = NewType("DeliveryId", str)
RelationshipId = NewType("RelationshipId", str)
Number = NewType("Number", str)

Uid = NewType("Uid", str)
"""RFC 5545 §3.8.4.7: the identity of an event across calendars."""
EventRef = NewType("EventRef", str)
"""Where one calendar keeps an event: a CalDAV href (percent-decoded path), a Google event id …"""
Version = NewType("Version", str)
"""What the calendar calls this state of the event (an ETag with its quotes); "" if it has none."""
Cursor = NewType("Cursor", str)
"""Where reading a calendar's changes resumes (a CalDAV sync-token, a Google syncToken)."""

NUMBER_WIDTH = 4
_NUMBER = re.compile(
    r"(?P<prefix>[A-Z][A-Z0-9]{0,15})-(?P<day>\d{8})-(?P<sequence>\d{4,})", re.ASCII
)
_SHOWN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]{0,15}-(\d{4})(\d\d)(\d\d)-(\d{4,6})(?!\d)", re.ASCII
)
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{0,15}")
_NAMESPACE = UUID("6f3d7f1e-6a44-5c0f-9a57-3d2f4b1c8e90")


def format_number(prefix: str, booking_day: date, sequence: int) -> Number:
    """`AID-20250921-0001`: the width of four is a minimum, the 10,000th of a day has five digits.

    `booking_day` is the day of booking in the practice's zone, not the day of the appointment.
    """
    if sequence < 1:
        raise ValueError(f"sequence {sequence} is below 1")
    return Number(f"{prefix}-{booking_day:%Y%m%d}-{sequence:0{NUMBER_WIDTH}d}")


def is_number(text: str) -> bool:
    """Whether `text` has the shape of an appointment number."""
    return _NUMBER.fullmatch(text) is not None


def numbers_in(text: str) -> list[tuple[date, int]]:
    """Booking day and sequence of each appointment number that `text` shows, whatever its prefix.
    What names no day, or has more than six digits, is none: no practice books that much."""
    found: list[tuple[date, int]] = []
    for year, month, day, sequence in _SHOWN.findall(text):
        with suppress(ValueError):
            found.append((date(int(year), int(month), int(day)), int(sequence)))
    return found


def is_number_prefix(text: str) -> bool:
    """A prefix is one to sixteen capital letters and digits, a letter first."""
    return _PREFIX.fullmatch(text) is not None


def remote_uid(appointment: AppointmentId, calendar: CalendarId, generation: int) -> Uid:
    """The UID under which `appointment` is written to `calendar`: always the same 36 characters.

    The calendar is part of it (Cyrus refuses one UID in two calendars of one user); the generation
    grows when an identity is burnt, as after a deletion that a person had undone.
    """
    return Uid(str(uuid5(_NAMESPACE, f"{appointment}/{calendar}/{generation}")))
