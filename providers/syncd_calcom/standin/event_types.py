"""Event types, version 2024-06-14: what a practice offers to book.

Vendor page; observed: reading by user name shows no hidden fields, the form of one that was made
here has labels, PATCH with a length takes the choice of lengths away, and bookings outlive their
event type. Of what can be configured, only what changes a booking, a slot or a webhook is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.event_type_shapes import public_shape, shape
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.refusals import ABSENT, Problem, broken, refused, wrong_list
from syncd_calcom.standin.rows import EventType
from syncd_calcom.standin.world import World

_FIRST_ID = 1001
_NAMES = {
    "title": "title",
    "slug": "slug",
    "description": "description",
    "locations": "locations",
    "scheduleId": "schedule_id",
    "minimumBookingNotice": "minimum_notice",
    "beforeEventBuffer": "before_buffer",
    "afterEventBuffer": "after_buffer",
    "slotInterval": "slot_interval",
    "hidden": "hidden",
    "lengthInMinutes": "length",
}
"""Properties that are stored as they stand."""


def list_event_types(asked: Asked) -> Answer:
    """By user name; without one, those of whoever asks."""
    world, name = asked.world, asked.query("username")
    user = world.user_named(name) if name is not None else asked.caller.user
    if user is None:
        raise refused(404, "Event types not found")
    slug = asked.query("eventSlug")
    found = [
        public_shape(world, each)
        for each in world.event_types.values()
        if each.owner_id == user.id and not each.hidden and slug in {None, each.slug}
    ]
    return success(found)


def read_event_type(asked: Asked) -> Answer:
    return success(shape(asked.world, _own(asked)))


def create_event_type(asked: Asked) -> Answer:
    world, user, body = asked.world, asked.caller.known, asked.body
    _check(body, is_new=True)
    if world.event_type_named(user, body["slug"]) is not None:
        raise refused(400, "User already has an event type with this slug.")
    found = EventType(
        id=world.mint.number("event type", _FIRST_ID),
        owner_id=user.id,
        slug=body["slug"],
        title=body["title"],
        length=body["lengthInMinutes"],
        fields=[],
        minimum_notice=120,
        locations=[{"type": "integration", "integration": "cal-video"}],
    )
    _apply(found, body)
    world.event_types[found.id] = found
    return success(shape(world, found, is_written=True), status=201)


def change_event_type(asked: Asked) -> Answer:
    found = _own(asked)
    _check(asked.body, is_new=False)
    _apply(found, asked.body)
    if "lengthInMinutes" in asked.body and "lengthInMinutesOptions" not in asked.body:
        found.lengths = []
    return success(shape(asked.world, found, is_written=True))


def delete_event_type(asked: Asked) -> Answer:
    world, number = asked.world, asked.parameters["eventTypeId"]
    found = _numbered(asked)
    if found is None or found.owner_id != asked.caller.known.id:
        raise refused(404, f"Event type with ID={number} does not exist.")
    _forget(world, found)
    shown = {"id": found.id, "lengthInMinutes": found.length}
    return success(shown | {"slug": found.slug, "title": found.title})


def _forget(world: World, event_type: EventType) -> None:
    del world.event_types[event_type.id]
    for each in world.bookings.values():
        if each.event_type_id == event_type.id:
            each.event_type_id = None
    for hook in list(world.hooks.values()):
        if hook.event_type_id == event_type.id:
            del world.hooks[hook.id]


def _own(asked: Asked) -> EventType:
    found = _numbered(asked)
    if found is None or found.owner_id != asked.caller.known.id:
        number = asked.parameters["eventTypeId"]
        raise refused(404, f"Event type with id {number} not found")
    return found


def _numbered(asked: Asked) -> EventType | None:
    number = asked.parameters["eventTypeId"]
    if not number.isdecimal():
        raise broken()
    return asked.world.event_types.get(int(number))


def _check(body: Json, *, is_new: bool) -> None:
    problems = [*_wrong(body, is_new=is_new)]
    if problems:
        raise wrong_list(problems)
    for each in body.get("bookingFields") or ():
        if each["type"] == "email" and (each.get("hidden") or not each.get("required")):
            raise refused(400, "Email booking field must be required and visible")


def _wrong(body: Json, *, is_new: bool) -> Iterator[Problem]:
    for name in ("title", "slug") if is_new else ():
        if not isinstance(body.get(name), str):
            rule = {"isString": f"{name} must be a string"}
            yield Problem(name=name, constraints=rule, target=body)
    if is_new or "lengthInMinutes" in body:
        length, rules = body.get("lengthInMinutes", ABSENT), {}
        if not isinstance(length, int):
            rules["isInt"] = "lengthInMinutes must be an integer number"
        if not isinstance(length, int) or length < 1:
            rules["min"] = "lengthInMinutes must not be less than 1"
        if rules:
            yield Problem(name="lengthInMinutes", constraints=rules, target=body, value=length)


def _apply(found: EventType, body: Json) -> None:
    for name, attribute in _NAMES.items():
        if name in body:
            setattr(found, attribute, body[name])
    if "lengthInMinutesOptions" in body:
        found.lengths = list(body["lengthInMinutesOptions"])
    if "bookingFields" in body:
        found.fields = [_field(each) for each in body["bookingFields"]]
    if "confirmationPolicy" in body:
        found.confirmation = _enabled(body["confirmationPolicy"])
    if "recurrence" in body:
        found.recurrence = _enabled(body["recurrence"])
    if "seats" in body:
        found.seats = _enabled(body["seats"])
    if "bookingWindow" in body:
        found.booking_window = _enabled(body["bookingWindow"])
    if "bookingLimitsCount" in body:
        found.limits = dict(_enabled(body["bookingLimitsCount"]) or {})
    _forbid(found, body)


def _forbid(found: EventType, body: Json) -> None:
    if "disableCancelling" in body:
        found.disables_cancelling = _is_disabled(body["disableCancelling"])
    if "disableRescheduling" in body:
        found.disables_rescheduling = _is_disabled(body["disableRescheduling"])


def _is_disabled(value: object) -> bool:
    return bool(value.get("disabled")) if isinstance(value, dict) else bool(value)


def _enabled(value: Json | None) -> Json | None:
    if not value or value.get("disabled"):
        return None
    return {name: each for name, each in value.items() if name != "disabled"}


def _field(given: Json) -> Json:
    known = ("type", "slug", "label", "placeholder", "required", "hidden", "options")
    return {name: given[name] for name in known if name in given} | {
        "hidden": bool(given.get("hidden")),
        "slug": given.get("slug", given["type"]),
    }
