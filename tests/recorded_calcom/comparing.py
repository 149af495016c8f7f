"""Where two JSON texts differ, when uids, numbers of rows and times of the server may be others.

What may be another must be another consistently: one recorded uid is one of ours everywhere, and
one recorded instant is one of ours, in the same order. Prose may be worded otherwise; what a client
must recognize in it may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

_UIDS = {
    "uid",
    "icsUid",
    "iCalUID",
    "seatUid",
    "attendeeSeatId",
    "recurringBookingUid",
    "rescheduledFromUid",
    "rescheduledToUid",
    "rescheduleUid",
    "reservationUid",
    "bookingUid",
    "oneTimePassword",
    "id",
}
_NUMBERS = {"id", "bookingId", "rescheduleId"}
_TIMES = {"createdAt", "updatedAt", "timestamp"}
_MASKED = {"reservationUntil"}
_PROSE = {"message", "details"}
_TELLING = (
    "User either already has booking at this time or is not available",
    "Attempting to book a meeting in the past",
    "booking_conflict_error",
    "booking_limit_reached",
    "already_signed_up_for_this_booking_error",
    "Internal server error",
    "request entity too large",
    "No more seats left",
    "already reserved by another user",
    "event is already booked",
    "has been cancelled",
    "rescheduled already to booking",
    "Cancellation reason is required when you are the host",
    "already ended",
    "User not a host of this event",
    "not part of a recurring booking",
    "marked as absent after",
    "is missing event type",
    "is a seated booking",
    "Failed to update no-show status",
    "Can't reassign",
    "Provided recurrence count is higher",
    "Invalid seatUid",
    'can\'t be booked at the "start" time provided',
    "error_required_field",
    "email_validation_error",
    "1000 characters",
    "Missing required booking field response",
    "Invalid type for booking field",
    "Invalid option",
    "location with type",
    "lengthInMinutes",
    "slotDuration",
    "reservationDuration",
    "Expected string, received",
    "should not exist",
    "not found",
    "does not exist",
    "does not own",
    "not the owner",
    "does not belong to user",
    "already exists for this user",
    "already has an event type with this slug",
    "Invalid API Key",
    "api key is expired",
    "No authentication method provided",
    "no authentication provided",
    "no oAuth client found for access token",
    "Too many requests",
    "You are not authorized",
    "Bad request: Please check",
    "credentials do not belong to you",
    "No Cal Video reference found",
    "is not valid JSON",
    "Unexpected end of JSON input",
    "Email booking field must be required",
    "Bad Request Exception",
)
"""What a client has to go by where no code says it."""
_WRONG = re.compile(r"([\w .+]+) property is wrong")
_DIGIT = re.compile(r"\d")


class Comparison:
    """Of one scenario: what was learnt from one answer holds for the next."""

    def __init__(self) -> None:
        self.ours: dict[Any, Any] = {}
        self.theirs: dict[Any, Any] = {}
        self.times: dict[str, str] = {}
        self.ordered: dict[str, str] = {}
        self.is_racing = False

    def translated(self, value: Any) -> Any:
        """A recorded request with our uids and instants in it."""
        match value:
            case dict():
                return {name: self.translated(each) for name, each in value.items()}
            case list():
                return [self.translated(each) for each in value]
            case str():
                return self._spelled(value)
            case _:
                return value

    def _spelled(self, text: str) -> str:
        for recorded, own in self.times.items():
            plain = recorded.removesuffix("Z")
            text = text.replace(recorded, own) if recorded in text else text
            if text in {plain, f"{plain}+00:00"}:
                text = text.replace(plain, own.removesuffix("Z"))
        for recorded, own in self.ours.items():
            if isinstance(recorded, str) and len(recorded) > 8 and recorded in text:
                text = text.replace(recorded, own)
        return text

    def differences(self, recorded: Any, own: Any, path: str = "") -> Iterator[str]:
        """Each as its path and what is wrong there."""
        name = path.rpartition(".")[2].partition("[")[0]
        if _kind(recorded) != _kind(own):
            yield f"{path}: {_kind(recorded)} was recorded, not {_kind(own)}"
        elif isinstance(recorded, dict):
            yield from self._of_objects(recorded, own, path, name)
        elif isinstance(recorded, list):
            yield from self._of_lists(recorded, own, path)
        elif isinstance(recorded, str):
            yield from self._of_texts(recorded, own, path, name)
        elif recorded != own and not (name in _NUMBERS and self._learn(recorded, own)):
            yield f"{path}: {recorded!r} was recorded, not {own!r}"

    def _of_objects(self, recorded: dict, own: dict, path: str, name: str) -> Iterator[str]:
        if name in {"target", "value"} and ".error." in path:
            return
        for each in sorted(recorded.keys() - own.keys()):
            yield f"{path}.{each}: is missing"
        for each in sorted(own.keys() - recorded.keys()):
            yield f"{path}.{each}: was not recorded"
        for each in sorted(recorded.keys() & own.keys()):
            if name == "constraints":
                continue
            yield from self.differences(recorded[each], own[each], f"{path}.{each}")

    def _of_lists(self, recorded: list, own: list, path: str) -> Iterator[str]:
        if len(recorded) != len(own):
            yield f"{path}: {len(recorded)} were recorded, not {len(own)}"
        for place, (theirs, ours) in enumerate(zip(recorded, own, strict=False)):
            yield from self.differences(theirs, ours, f"{path}[{place}]")

    def _of_texts(self, recorded: str, own: str, path: str, name: str) -> Iterator[str]:
        if name in _PROSE:
            yield from _of_prose(recorded, own, path)
        elif name in _TIMES:
            yield from self._of_times(recorded, own, path)
        elif name in _MASKED:
            if _DIGIT.sub("0", recorded) != _DIGIT.sub("0", own):
                yield f"{path}: {recorded!r} was recorded, not {own!r}"
        elif name == "path":
            if _parts(self._spelled(recorded)) != _parts(own):
                yield f"{path}: {recorded!r} was recorded, not {own!r}"
        elif name in _UIDS and self._learn_uid(recorded, own):
            return
        elif self._spelled(recorded) != own:
            yield f"{path}: {recorded!r} was recorded, not {own!r}"

    def _of_times(self, recorded: str, own: str, path: str) -> Iterator[str]:
        known = self.times.get(recorded)
        if _DIGIT.sub("0", recorded) != _DIGIT.sub("0", own):
            yield f"{path}: {recorded!r} is written otherwise, not {own!r}"
        elif known is not None and known != own:
            yield f"{path}: the same instant as before was recorded"
        elif known is None:
            wrong = [
                theirs
                for theirs, ours in self.ordered.items()
                if (theirs < recorded) != (ours < own) and theirs != recorded
            ]
            if wrong and not self.is_racing:
                yield f"{path}: another order of instants was recorded"
            self.times[recorded] = own
            if not self.is_racing:
                self.ordered[recorded] = own

    def _learn_uid(self, recorded: str, own: str) -> bool:
        theirs, _, their_end = recorded.partition("@")
        ours, _, our_end = own.partition("@")
        return their_end == our_end and self._learn(theirs, ours)

    def _learn(self, recorded: Any, own: Any) -> bool:
        """Whether the two may stand for each other."""
        return (
            self.ours.setdefault(recorded, own) == own
            and self.theirs.setdefault(own, recorded) == recorded
        )


def _of_prose(recorded: str, own: str, path: str) -> Iterator[str]:
    for fragment in _TELLING:
        if (fragment.lower() in recorded.lower()) != (fragment.lower() in own.lower()):
            yield f"{path}: {fragment!r} tells the two apart: {recorded!r}, {own!r}"
    if _WRONG.findall(recorded) != _WRONG.findall(own):
        yield f"{path}: other properties were wrong: {recorded!r}, {own!r}"


def _parts(target: str) -> tuple[str, list[tuple[str, str]]]:
    """The order of parameters is the recorder's."""
    path, _, query = target.partition("?")
    return path, sorted(parse_qsl(query, keep_blank_values=True))


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"
