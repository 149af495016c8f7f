"""What a calendar is told about an appointment, by the practice's choice (promise P10)."""

from __future__ import annotations

from typing import assert_never

from syncd.core.appointment import Appointment
from syncd.core.practice import Activity, Disclosure

SEPARATOR = " · "


def title_for(
    appointment: Appointment, *, activity: Activity | None, disclosure: Disclosure
) -> str:
    """The event's title: `Consultation · J. D. · AID-20250921-0001` with initials, less or more by
    choice; "" where nothing is to be told."""
    client = appointment.client.name if appointment.client else ""
    what = activity.name if activity else ""
    match disclosure:
        case Disclosure.NOTHING:
            return ""
        case Disclosure.BUSY:
            return "Busy"
        case Disclosure.NUMBER:
            return appointment.number
        case Disclosure.INITIALS:
            who = initials(client)
        case Disclosure.FULL:
            who = client
            what = what or appointment.title or ""
        case _:
            assert_never(disclosure)
    parts = (_one_line(what), _one_line(who), appointment.number)
    return SEPARATOR.join(part for part in parts if part)


def _one_line(text: str) -> str:
    """Without control characters, which no calendar stores: they would differ for ever."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def initials(name: str) -> str:
    """`Jane van der Doe` becomes `J. D.`: the first letters of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    ends = words[:1] + words[1:][-1:]
    return " ".join(f"{word[0].upper()}." for word in ends)
