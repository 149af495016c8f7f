"""Where a booking takes place: what an event type offers, what was chosen, and how it is written.

Vendor page on locations; observed: the text of the first one offered, unless another is chosen, and
a choice is repeated among the answers in the words of the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.refusals import refused
from syncd_calcom.standin.rows import EventType

_STORED = {
    "address": "inPerson",
    "link": "link",
    "phone": "userPhone",
    "attendeePhone": "phone",
    "attendeeAddress": "attendeeInPerson",
    "attendeeDefined": "somewhereElse",
    "integration": "integrations:daily",
    "organizersDefaultApp": "conferencing",
}
_GIVEN = {"attendeePhone": "phone", "attendeeAddress": "address", "attendeeDefined": "location"}
"""Kinds that the booker fills in, and in which property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`answer` None: nobody chose."""

    text: str
    answer: Json | None = None


def place_of(event_type: EventType, chosen: object) -> Place:
    """Raises Refusal where the event type does not offer what was chosen. A text, as old clients
    send, chooses nothing."""
    offered = event_type.locations
    if not isinstance(chosen, dict):
        return Place(text=text_of(offered[0]) if offered else "integrations:daily")
    kind = str(chosen.get("type"))
    found = next((each for each in offered if each["type"] == kind), None)
    if found is None:
        kinds = ", ".join(each["type"] for each in offered)
        text = f"Booking location with type {kind} not valid for event type with id={event_type.id}"
        raise refused(400, f"{text}; it offers: {kinds}")
    given = str(chosen.get(_GIVEN.get(kind, ""), ""))
    answer = {"value": _STORED.get(kind, kind), "optionValue": given}
    return Place(text=given or text_of(found), answer=answer)


def changed_place(chosen: Json) -> str:
    """Of a booking that is to take place elsewhere, whatever the event type offers."""
    return text_of(chosen) or str(chosen.get(_GIVEN.get(str(chosen.get("type")), ""), ""))


def text_of(location: Json) -> str:
    kind = location["type"]
    if kind == "integration":
        return f"integrations:{location.get('integration', 'daily')}"
    return str(location.get(kind, ""))
