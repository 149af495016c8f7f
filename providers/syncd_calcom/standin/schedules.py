"""Schedules, version 2024-06-11: opening hours and what is different on a date.

Vendor page; observed: PATCH replaces `availability` and `overrides` as wholes and leaves what it
does not name; an override that ends before it starts is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.moments import is_date, is_zone
from syncd_calcom.standin.refusals import ABSENT, Problem, refused, wrong_list
from syncd_calcom.standin.rows import Schedule, User
from syncd_calcom.standin.world import World

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_FIRST_ID = 1001
_USUAL: list[Json] = [
    {
        "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "startTime": "09:00",
        "endTime": "17:00",
    }
]


def list_schedules(asked: Asked) -> Answer:
    user = asked.caller.known
    owned = [each for each in asked.world.schedules.values() if each.owner_id == user.id]
    return success([_shape(each, user) for each in owned])


def read_default(asked: Asked) -> Answer:
    user = asked.caller.known
    found = asked.world.schedules.get(user.default_schedule_id or 0)
    return success(_shape(found, user) if found else None)


def read_schedule(asked: Asked) -> Answer:
    return success(_shape(_own(asked), asked.caller.known))


def create_schedule(asked: Asked) -> Answer:
    user, body = asked.caller.known, asked.body
    _check(body, required={"timeZone"})
    found = Schedule(
        id=asked.world.mint.number("schedule", _FIRST_ID),
        owner_id=user.id,
        name=str(body.get("name", "")),
        time_zone=body["timeZone"],
        availability=body.get("availability") or _USUAL,
        overrides=body.get("overrides") or [],
    )
    asked.world.schedules[found.id] = found
    _make_default(user, found, body)
    return success(_shape(found, user), status=201)


def change_schedule(asked: Asked) -> Answer:
    found, user, body = _own(asked), asked.caller.known, asked.body
    _check(body, required=set())
    found.name = body.get("name", found.name)
    found.time_zone = body.get("timeZone", found.time_zone)
    found.availability = body.get("availability", found.availability)
    found.overrides = body.get("overrides", found.overrides)
    _make_default(user, found, body)
    return success(_shape(found, user))


def delete_schedule(asked: Asked) -> Answer:
    found = _own(asked)
    del asked.world.schedules[found.id]
    return Answer(body={"status": "success"})


def _make_default(user: User, found: Schedule, body: Json) -> None:
    if body.get("isDefault"):
        user.default_schedule_id = found.id


def _own(asked: Asked) -> Schedule:
    number, user = asked.parameters["scheduleId"], asked.caller.known
    found = _numbered(asked.world, number)
    if found is None:
        raise refused(404, f"Schedule with ID={number} does not exist.")
    if found.owner_id != user.id:
        raise refused(403, f"User with ID={user.id} does not own schedule with ID={number}")
    return found


def _numbered(world: World, number: str) -> Schedule | None:
    return world.schedules.get(int(number)) if number.isdecimal() else None


def _check(body: Json, *, required: set[str]) -> None:
    problems = [*_wrong(body, required)]
    if problems:
        raise wrong_list(problems)


def _wrong(body: Json, required: set[str]) -> Iterator[Problem]:
    if ("timeZone" in body or "timeZone" in required) and not is_zone(body.get("timeZone")):
        rule = {"isTimeZone": "timeZone must be a valid IANA time-zone"}
        value = body.get("timeZone", ABSENT)
        yield Problem(name="timeZone", constraints=rule, target=body, value=value)
    for name in ("availability", "overrides"):
        rows = body.get(name) or []
        children = tuple(
            Problem(name=str(place), children=found, target=rows, value=row)
            for place, row in enumerate(rows)
            if (found := tuple(_wrong_row(row, name)))
        )
        if children:
            yield Problem(name=name, children=children, target=body, value=rows)


def _wrong_row(row: Json, name: str) -> Iterator[Problem]:
    if name == "overrides" and not is_date(row.get("date")):
        rule = {"isIso8601": "date must be a valid ISO 8601 date string"}
        yield Problem(name="date", constraints=rule, target=row, value=row.get("date"))
    for each in ("startTime", "endTime"):
        if not _TIME.fullmatch(str(row.get(each))):
            rule = {"matches": f"{each} must be a valid time format HH:MM"}
            yield Problem(name=each, constraints=rule, target=row, value=row.get(each))


def _shape(schedule: Schedule, user: User) -> Json:
    return {
        "id": schedule.id,
        "ownerId": schedule.owner_id,
        "name": schedule.name,
        "timeZone": schedule.time_zone,
        "availability": schedule.availability,
        "isDefault": schedule.id == user.default_schedule_id,
        "overrides": schedule.overrides,
    }
