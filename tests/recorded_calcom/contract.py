"""The vendor's OpenAPI document as a judge of requests and answers.

The document is a little wrong about its own server: where a real one was seen to do otherwise, a
correction stands here with what was seen. One that is no longer needed fails a test.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs

from .recordings import OPENAPI

Json = dict[str, Any]


@dataclass(frozen=True)
class Correction:
    """`where`: a property within `components.schemas`, its schema first; `*` for whole answers.
    `change` takes the schema that is there and gives the one that is right."""

    where: str
    seen: str
    change: Callable[[Json], Json]
    is_recorded: bool = True


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _text(_: Json) -> Json:
    return {"type": "string"}


def _from_zero(schema: Json) -> Json:
    return schema | {"minimum": 0}


def _or_bare(schema: Json) -> Json:
    """The second envelope beside the first."""
    properties = {"statusCode": {"type": "integer"}, "message": {"type": "string"}}
    bare = {"type": "object", "properties": properties, "required": ["statusCode", "message"]}
    return {"anyOf": [schema, bare | {"additionalProperties": False}]}


def _or_disabled(schema: Json) -> Json:
    properties = {"disabled": {"const": True}}
    off = {"type": "object", "properties": properties, "required": ["disabled"]}
    return {"anyOf": [schema, off]}


def _or_object(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "object"}]}


def _numbers(_: Json) -> Json:
    return {"type": "array", "items": {"type": "integer"}}


def _number_or_null(_: Json) -> Json:
    return {"type": ["integer", "null"]}


def _truth_or_null(_: Json) -> Json:
    return {"type": ["boolean", "null"]}


def _people(_: Json) -> Json:
    person = {"type": "object", "required": ["id", "name", "username"]}
    return {"type": "array", "items": person}


def _fields(_: Json) -> Json:
    field = {"type": "object", "required": ["slug", "type", "isDefault", "required"]}
    return {"type": "array", "items": field}


def _reassigned(_: Json) -> Json:
    whom = {"$ref": "#/components/schemas/ReassignedToDto"}
    properties = {"bookingUid": {"type": "string"}, "reassignedTo": whom}
    return {"type": "object", "properties": properties, "required": ["bookingUid", "reassignedTo"]}


def _slots(_: Json) -> Json:
    time = {"type": "string", "format": "date-time"}
    slot = {"type": "object", "properties": {"start": time, "end": time}, "required": ["start"]}
    days = {"type": "object", "additionalProperties": {"type": "array", "items": slot}}
    properties = {"status": {"const": "success"}, "data": days}
    return {"type": "object", "properties": properties, "required": ["status", "data"]}


_PLAIN = "BookingOutput_2024_08_13"
_OCCURRENCE = "RecurringBookingOutput_2024_08_13"
_SEATED = ("CreateSeatedBookingOutput_2024_08_13", "GetSeatedBookingOutput_2024_08_13")
_HOOKS = ("UserWebhookOutputDto", "EventTypeWebhookOutputDto")
_TYPE = "EventTypeOutput_2024_06_14"


def _everywhere(
    schemas: tuple[str, ...], name: str, seen: str, change: Callable[[Json], Json]
) -> list[Correction]:
    return [Correction(f"{each}/{name}", seen, change) for each in schemas]


CORRECTIONS = (
    *_everywhere((_PLAIN, _OCCURRENCE, *_SEATED), "rating", "null until somebody rates", _or_null),
    *_everywhere((_PLAIN, *_SEATED), "rescheduledByEmail", "null, whoever moved it", _or_null),
    *_everywhere((_PLAIN, _OCCURRENCE), "cancelledByEmail", "null, whoever cancelled", _or_null),
    *_everywhere((_PLAIN, _OCCURRENCE), "cancellationReason", "null without a reason", _or_null),
    *_everywhere(_SEATED, "description", "null", _or_null),
    Correction(f"{_PLAIN}/eventType", "null once the event type is deleted", _or_null),
    Correction(f"{_PLAIN}/eventTypeId", "null once the event type is deleted", _or_null),
    *_everywhere(_HOOKS, "id", "a uuid, or any text", _text),
    Correction("UserWebhookOutputDto/secret", "null without one", _or_null),
    *_everywhere(_HOOKS, "payloadTemplate", "null without one", _or_null),
    Correction("CreateEventTypeInput_2024_06_14/lengthInMinutesOptions", "numbers", _numbers),
    Correction("PaginationMetaDto/currentPage", "0 of an empty list", _from_zero),
    Correction(f"{_TYPE}/bookingWindow", "an object, not a list", _or_object),
    Correction(f"{_TYPE}/seats", "only a flag where disabled", _or_disabled),
    Correction(f"{_TYPE}/users", "objects, not texts", _people),
    Correction(f"{_TYPE}/bookingFields", "properties are left out where unset", _fields),
    Correction(f"{_TYPE}/forwardParamsSuccessRedirect", "a truth, no object", _truth_or_null),
    Correction(f"{_TYPE}/calVideoSettings", "null without any", _or_null),
    Correction(f"{_TYPE}/slotInterval", "a number, no object", _number_or_null),
    Correction("BookingReferencesOutput_2024_08_13/status", "a text, no object", _text),
    Correction("CalendarLinksOutput_2024_08_13/status", "a text, no object", _text),
    Correction("ConnectedCalendarsData/destinationCalendar", "empty without one", _or_object),
    Correction("GetReservedSlotOutput_2024_09_04/data", "no reservationDuration", _or_object),
    Correction(
        "ReassignBookingOutput_2024_08_13/data",
        "refers to itself: the two properties are those of the vendor's page",
        _reassigned,
        is_recorded=False,
    ),
    Correction("*/slots", "a map of days within the envelope, of objects", _slots),
    Correction("*/errors", "the bare envelope of whatever is thrown deeper", _or_bare),
)


_UNNAMED = {413}
"""Statuses that are not an operation's own."""


class Contract:
    """Validators of every operation, made once; `without` leaves one correction out."""

    def __init__(self, without: Correction | None = None) -> None:
        self._document = json.loads(OPENAPI.read_text())
        self._corrections = [each for each in CORRECTIONS if each is not without]
        self._components = _plain(self._document["components"])
        for each in self._corrections:
            _correct(self._components["schemas"], each)
        self._made: dict[str, Any] = {}

    def of_answer(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with it; nothing for an operation that the document lacks."""
        found = self._operation(method, path)
        if found is None:
            return []
        name, operation = found
        answer = operation["responses"].get(str(status))
        if answer is None:
            return [] if status in _UNNAMED else [f"{name}: {status} is not among its answers"]
        content = answer.get("content", {}).get("application/json")
        if not content:
            return []
        schema = _plain(content["schema"])
        for each in self._corrections:
            is_slots = name == "GET /v2/slots" and status < 400
            if (each.where == "*/errors" and status >= 400) or (
                each.where == "*/slots" and is_slots
            ):
                schema = each.change(schema)
        return self._wrong(f"{name} {status}", schema, body)

    def of_request(self, method: str, path: str, headers: Json, body: object) -> list[str]:
        found = self._operation(method, path)
        if found is None:
            return []
        name, operation = found
        problems = []
        for each in operation.get("parameters", ()):
            value = headers.get(each["name"].lower())
            if each["in"] == "header" and each["name"] == "cal-api-version":
                problems += self._wrong(f"{name} version", _plain(each["schema"]), value)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and body is not None:
            problems += self._wrong(f"{name} body", _plain(content["schema"]), body)
        return problems

    def _operation(self, method: str, path: str) -> tuple[str, Json] | None:
        for template, operations in self._document["paths"].items():
            if method.lower() in operations and _pattern(template).fullmatch(path):
                return f"{method} {template}", operations[method.lower()]
        return None

    def _wrong(self, name: str, schema: Json, value: object) -> list[str]:
        if name not in self._made:
            whole = {**schema, "components": self._components}
            self._made[name] = jsonschema_rs.Draft202012Validator(whole)
        return [
            f"{name}: {'/'.join(map(str, each.instance_path))}: {each.message[:300]}"
            for each in self._made[name].iter_errors(value)
        ]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Fixed addresses come before names in the document, except where a name could swallow one."""
    return re.compile(re.sub(r"{\w+}", "(?!by-seat$|default$|reservations$)[^/]+", template))


def _correct(schemas: Json, correction: Correction) -> None:
    schema, _, name = correction.where.partition("/")
    properties = schemas.get(schema, {}).get("properties", {})
    if name in properties:
        properties[name] = correction.change(properties[name])


def _plain(value: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` is another type that is allowed."""
    match value:
        case dict():
            plain = {name: _plain(each) for name, each in value.items()}
            if "oneOf" in plain:  # the vendor's alternatives contain one another
                plain["anyOf"] = plain.pop("oneOf")
            if plain.pop("nullable", False) is True:
                return {"anyOf": [plain, {"type": "null"}]}
            return plain
        case list():
            return [_plain(each) for each in value]
        case _:
            return copy.copy(value)
