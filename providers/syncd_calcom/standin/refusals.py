"""Errors in the three envelopes of API v2, and validation errors in their three dresses.

Observed: the framework's envelope `{status, timestamp, path, error}`; the bare `{statusCode,
message}` of whatever is thrown deeper; and, of an OAuth endpoint only, RFC 6749 §5.2. A client has
no machine-readable code for most of them, so what it must tell apart by text stands here literally;
the rest is in our own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncd_calcom.standin.messages import Answer, Call, Json
from syncd_calcom.standin.moments import api_time
from syncd_calcom.standin.world import World

_NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
}
ABSENT = object()
"""A property that was not sent, where null was possible."""


class Envelope(StrEnum):
    FRAMEWORK = "framework"
    BARE = "bare"
    OAUTH = "oauth"


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        envelope: Envelope = Envelope.FRAMEWORK,
        code: str = "",
        details: object = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.envelope = status, message, envelope
        self.code, self.details = code, details

    def answer(self, call: Call, world: World) -> Answer:
        match self.envelope:
            case Envelope.BARE:
                return Answer(
                    status=self.status, body={"statusCode": self.status, "message": self.message}
                )
            case Envelope.OAUTH:
                body: Json = {"error": self.code, "error_description": self.message}
                return Answer(status=self.status, body=body)
            case Envelope.FRAMEWORK:
                error: Json = {"code": self.code, "message": self.message}
                if self.details is not None:
                    error["details"] = self.details
                return Answer(
                    status=self.status,
                    body={
                        "status": "error",
                        "timestamp": api_time(world.now()),
                        "path": call.target,
                        "error": error,
                    },
                )


def refused(status: int, message: str) -> Refusal:
    """The framework's envelope, with the status' own class name as code."""
    name = _NAMES[status]
    return Refusal(
        status,
        message,
        code=f"{name.replace(' ', '')}Exception",
        details={"error": name, "message": message, "statusCode": status},
    )


def bare(status: int, message: str) -> Refusal:
    return Refusal(status, message, envelope=Envelope.BARE)


def coded(status: int, code: str, message: str) -> Refusal:
    """The framework's envelope with a code of its own and no details."""
    return Refusal(status, message, code=code)


def broken() -> Refusal:
    """What a client gets where 404 or 400 would be meant."""
    return bare(500, "Internal server error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One property that is wrong. `constraints`: rule → what it asks for. `children` are the
    problems of its parts, for an object or a list."""

    name: str
    constraints: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Problem, ...] = ()
    target: object = None
    value: object = ABSENT

    def told(self) -> str:
        head = f"{self.name} property is wrong,"
        if self.children:
            return f"{head} {', '.join(each.told() for each in self.children)}"
        return f"{head}{', '.join(self.constraints.values())} "

    def shown(self) -> Json:
        shown: Json = {
            "property": self.name,
            "target": self.target,
            "children": [each.shown() for each in self.children],
        }
        if self.value is not ABSENT:
            shown["value"] = self.value
        if self.constraints:
            shown["constraints"] = dict(self.constraints)
        return shown


def wrong_text(problems: Iterable[Problem]) -> Refusal:
    """Validation as bookings and slots tell it: one joined text."""
    return refused(400, ", ".join(each.told() for each in problems))


def wrong_list(problems: Iterable[Problem]) -> Refusal:
    """Validation as the other families tell it: a list of errors."""
    return Refusal(
        400,
        "Bad Request Exception",
        code="BadRequestException",
        details={"errors": [each.shown() for each in problems]},
    )


def wrong_answers(problems: Iterable[tuple[str, str]]) -> Refusal:
    """Validation of what a booker filled in: field and the key of the text."""
    listed = "".join(f"{{{name}}}{key}, " for name, key in problems)
    return coded(400, "BAD_REQUEST", f"responses - {listed}")


def unknown(name: str) -> Problem:
    return Problem(
        name=name, constraints={"whitelistValidation": f"property {name} should not exist"}
    )
