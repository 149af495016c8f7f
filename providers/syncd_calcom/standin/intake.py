"""What a request to book asks for, checked as far as it can be without the calendar.

Vendor page on creating a booking, version 2024-08-13; observed: unknown properties are refused,
limits of metadata are exact, its values must be strings, and each stage has its own error dress:
the shape of the body, then the event type, then what was filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.fields import check_answers, check_filled
from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.moments import is_zone, parse
from syncd_calcom.standin.places import Place, place_of
from syncd_calcom.standin.refusals import Problem, broken, coded, refused, unknown, wrong_text
from syncd_calcom.standin.rows import EventType

LANGUAGES = (  # noqa: SIM905  a list of words reads best as words
    "ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg "
    "da en et fr hu iw ko no pt-BR sk ta uk zh-TW bn"
).split()
_KNOWN = {
    "start",
    "attendee",
    "eventTypeId",
    "eventTypeSlug",
    "username",
    "teamSlug",
    "organizationSlug",
    "bookingFieldsResponses",
    "guests",
    "location",
    "meetingUrl",
    "lengthInMinutes",
    "metadata",
    "emailVerificationCode",
    "routing",
    "recurrenceCount",
}
OVERRIDES = {"allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits"}
_MOST_KEYS, _LONGEST_KEY, _LONGEST_VALUE = 50, 40, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A booking that somebody wants. `overrides`: what a host's own key lets it pass over."""

    event_type: EventType
    start: datetime
    minutes: int
    name: str
    email: str
    time_zone: str
    language: str = "en"
    phone: str | None = None
    answers: Json = field(default_factory=dict)
    guests: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    place: Place
    count: int | None = None
    overrides: frozenset[str] = frozenset()

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)


def wish_of(asked: Asked) -> Wish:
    """Raises Refusal with whatever is wrong first."""
    body = asked.body
    _check_shape(asked)
    event_type = _event_type(asked)
    minutes = _minutes(event_type, body.get("lengthInMinutes"))
    given = dict(body.get("bookingFieldsResponses") or {})
    check_answers(event_type, given)
    place = place_of(event_type, body.get("location"))
    count = _count(event_type, body.get("recurrenceCount"))
    start = parse(body["start"])
    assert start is not None
    wish = Wish(
        event_type=event_type,
        start=start,
        minutes=minutes,
        name=body["attendee"]["name"],
        email=body["attendee"].get("email", ""),
        time_zone=body["attendee"]["timeZone"],
        language=body["attendee"].get("language", "en"),
        phone=body["attendee"].get("phoneNumber"),
        answers=_answers(body, given, place),
        guests=list(body.get("guests") or ()),
        metadata=body.get("metadata") or {},
        place=place,
        count=count,
        overrides=overrides_of(asked, event_type),
    )
    check_filled(event_type, wish.answers)
    _check_metadata(wish.metadata)
    if "\0" in wish.name + wish.email:
        raise broken()
    return wish


def overrides_of(asked: Asked, event_type: EventType) -> frozenset[str]:
    """Hosted: only with the key of a host, two of the three only in the newest version."""
    user = asked.caller.user
    if user is None or user.id not in {event_type.owner_id, *event_type.hosts}:
        return frozenset()
    allowed = OVERRIDES if asked.version == "2026-02-25" else {"allowConflicts"}
    return frozenset(each for each in allowed if asked.body.get(each) is True)


def known_properties(asked: Asked, names: set[str]) -> set[str]:
    return names | (OVERRIDES if asked.world.profile.takes_host_overrides else set())


def _answers(body: Json, given: Json, place: Place) -> Json:
    attendee = body["attendee"]
    answers = {"name": attendee["name"], "email": attendee.get("email", ""), **given}
    if attendee.get("phoneNumber"):
        answers.setdefault("attendeePhoneNumber", attendee["phoneNumber"])
    if body.get("guests"):
        answers["guests"] = list(body["guests"])
    if place.answer is not None:
        answers["location"] = place.answer
    return answers


def _check_shape(asked: Asked) -> None:
    if isinstance(asked.payload, list):
        rule = {"unknownValue": "an unknown value was passed to the validate function"}
        raise wrong_text([Problem(name="undefined", constraints=rule)])
    known = known_properties(asked, _KNOWN | {"instant"} if _is_newest(asked) else _KNOWN)
    problems = [unknown(each) for each in asked.body if each not in known]
    problems += _wrong_properties(asked.body)
    if problems:
        raise wrong_text(problems)


def _is_newest(asked: Asked) -> bool:
    return asked.version == "2026-02-25"


def _wrong_properties(body: Json) -> Iterator[Problem]:
    if parse(body.get("start")) is None:
        yield wrong_start()
    attendee = body.get("attendee")
    if not isinstance(attendee, dict):
        rule = {"isDefined": "attendee should not be null or undefined"}
        yield Problem(name="attendee", constraints=rule)
    elif children := tuple(_wrong_attendee(attendee)):
        yield Problem(name="attendee", children=children)
    if "eventTypeId" not in body and not (body.get("eventTypeSlug") and body.get("username")):
        rule = {"eventType": "Either eventTypeId, or a slug and whose it is, must be provided"}
        yield Problem(name="eventTypeId or eventTypeSlug + username", constraints=rule)
    elif not isinstance(body.get("eventTypeId", 0), int):
        rule = {"isInt": "eventTypeId must be an integer number"}
        yield Problem(name="eventTypeId", constraints=rule)
    for name, kind, label in (
        ("bookingFieldsResponses", dict, "isObject"),
        ("guests", list, "isArray"),
        ("lengthInMinutes", int, "isInt"),
        ("recurrenceCount", int, "isInt"),
    ):
        if not isinstance(body.get(name), kind | None):
            yield Problem(name=name, constraints={label: f"{name} is of another kind"})
    if rules := _wrong_metadata(body.get("metadata", {})):
        yield Problem(name="metadata", constraints=rules)


def wrong_start() -> Problem:
    rule = {"isDateString": "start must be a valid ISO 8601 date string"}
    return Problem(name="start", constraints=rule)


def _wrong_attendee(attendee: Json) -> Iterator[Problem]:
    if not isinstance(attendee.get("name"), str):
        yield Problem(name="name", constraints={"isString": "name must be a string"})
    if not is_zone(attendee.get("timeZone")):
        rule = {"isTimeZone": "timeZone must be a valid IANA time-zone"}
        yield Problem(name="timeZone", constraints=rule)
    if attendee.get("language", "en") not in LANGUAGES:
        text = f"language must be one of the following values: {', '.join(LANGUAGES)}"
        yield Problem(name="language", constraints={"isEnum": text})
    if not attendee.get("email") and not attendee.get("phoneNumber"):
        rule = {"contact": "an attendee needs a mail address or a phone number"}
        yield Problem(name="attendee email or phone", constraints=rule)


def _wrong_metadata(metadata: object) -> dict[str, str]:
    text = (
        f"Metadata must have at most {_MOST_KEYS} keys, of {_LONGEST_KEY} characters, with values "
        f"of {_LONGEST_VALUE}"
    )
    if not isinstance(metadata, dict):
        return {"metadata": text, "isObject": "metadata must be an object"}
    is_wrong = len(metadata) > _MOST_KEYS or any(
        len(key) > _LONGEST_KEY
        or not isinstance(value, str | int | float)
        or (isinstance(value, str) and len(value) > _LONGEST_VALUE)
        for key, value in metadata.items()
    )
    return {"metadata": text} if is_wrong else {}


def _check_metadata(metadata: Json) -> None:
    """Numbers and booleans pass the first check and not this one."""
    kinds = {bool: "boolean", int: "number", float: "number"}
    wrong = [
        f"metadata.{key} - Expected string, received {kinds[type(value)]}, "
        for key, value in sorted(metadata.items())
        if not isinstance(value, str)
    ]
    if wrong:
        raise coded(400, "BAD_REQUEST", "".join(wrong))


def _event_type(asked: Asked) -> EventType:
    world, body = asked.world, asked.body
    if "eventTypeId" in body:
        found = world.event_types.get(body["eventTypeId"])
        if found is None:
            raise refused(404, f"Event type with id {body['eventTypeId']} not found.")
        return found
    slug, username = body["eventTypeSlug"], body["username"]
    found = world.event_type_named(world.user_named(username), slug)
    if found is None:
        raise refused(404, f"Event type with slug {slug} belonging to user {username} not found.")
    return found


def _minutes(event_type: EventType, asked: object) -> int:
    if asked is None:
        return event_type.length
    if not event_type.lengths:
        raise refused(400, "Can't specify 'lengthInMinutes' for an event type of one length")
    if not isinstance(asked, int) or asked not in event_type.lengths:
        offered = ", ".join(str(each) for each in event_type.lengths)
        raise refused(400, f"Provided 'lengthInMinutes' is not one of the possible ones: {offered}")
    return asked


def _count(event_type: EventType, asked: object) -> int | None:
    """Occurrences; None for an event type without a recurrence, whatever was asked."""
    if event_type.recurrence is None:
        return None
    most = int(event_type.recurrence["occurrences"])
    if asked is None:
        return most
    if not isinstance(asked, int) or asked > most:
        raise refused(400, "Provided recurrence count is higher than the event type's")
    return asked
