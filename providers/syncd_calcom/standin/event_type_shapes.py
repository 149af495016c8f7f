"""An event type as API v2 shows it, with the fields of its form.

Vendor schema of version 2024-06-14; observed: the answer to a write has `calVideoSettings`, a later
read has not; what nobody stored is the usual form, without labels.
"""

from __future__ import annotations

from syncd_calcom.standin.fields import own_fields
from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.rows import EventType
from syncd_calcom.standin.world import World


def shape(world: World, event_type: EventType, *, is_written: bool = False) -> Json:
    """For its owner."""
    shown = _common(world, event_type)
    shown["bookingFields"] = _stored(event_type) if event_type.fields is not None else _usual()
    return shown | ({"calVideoSettings": None} if is_written else {})


def public_shape(world: World, event_type: EventType) -> Json:
    """For a list: the fields that a booker sees."""
    shown = shape(world, event_type)
    shown["bookingFields"] = [each for each in shown["bookingFields"] if not each.get("hidden")]
    return shown


def _common(world: World, event_type: EventType) -> Json:
    owner = world.users[event_type.owner_id]
    profile = world.profile
    shown: Json = {
        "id": event_type.id,
        "ownerId": event_type.owner_id,
        "title": event_type.title,
        "slug": event_type.slug,
        "description": event_type.description,
        "lengthInMinutes": event_type.length,
        "locations": event_type.locations,
        "scheduleId": event_type.schedule_id,
        "slotInterval": event_type.slot_interval,
        "minimumBookingNotice": event_type.minimum_notice,
        "beforeEventBuffer": event_type.before_buffer,
        "afterEventBuffer": event_type.after_buffer,
        "bookingWindow": event_type.booking_window or {"disabled": True},
        "confirmationPolicy": event_type.confirmation or {"disabled": True},
        "recurrence": _with_flag(event_type.recurrence),
        "seats": _with_flag(event_type.seats) or {"disabled": True},
        "hidden": event_type.hidden,
        "metadata": _metadata(event_type),
        "users": [
            {
                "id": owner.id,
                "name": owner.name,
                "username": owner.username,
                "avatarUrl": None,
                "brandColor": None,
                "darkBrandColor": None,
                "weekStart": owner.week_start,
                "metadata": {},
            }
        ],
    } | _defaults()
    if event_type.lengths:
        shown["lengthInMinutesOptions"] = list(event_type.lengths)
    if event_type.limits:
        shown["bookingLimitsCount"] = dict(event_type.limits)
    if profile.shows_booking_urls:
        shown["bookingUrl"] = f"{world.booker_url}/{owner.username}/{event_type.slug}"
    return shown


def _defaults() -> Json:
    """What nothing here depends on."""
    return dict.fromkeys(
        (
            "bookingRequiresAuthentication",
            "disableGuests",
            "hideCalendarEventDetails",
            "hideCalendarNotes",
            "hideOrganizerEmail",
            "isInstantEvent",
            "lockTimeZoneToggleOnBookingPage",
            "onlyShowFirstAvailableSlot",
            "requiresBookerEmailVerification",
            "useDestinationCalendarEmail",
        ),
        False,
    ) | {
        "currency": "usd",
        "forwardParamsSuccessRedirect": True,
        "offsetStart": 0,
        "price": 0,
        "successRedirectUrl": None,
    }


def _with_flag(value: Json | None) -> Json | None:
    return {"disabled": False, **value} if value else None


def _metadata(event_type: EventType) -> Json:
    several = {"multipleDuration": list(event_type.lengths)} if event_type.lengths else {}
    return {**event_type.metadata, **several}


def _usual() -> list[Json]:
    found = [_default("name", "name", required=True), _default("email", "email", required=True)]
    found[0].pop("hidden")
    phone = _default("attendeePhoneNumber", "phone", hidden=True)
    return [*found, phone, _location(), *_rest()]


def _stored(event_type: EventType) -> list[Json]:
    name = _default("name", "name", required=True) | {"label": "", "placeholder": ""}
    name.pop("hidden")
    own = [
        {"disableOnPrefill": False, "isDefault": False, **each} for each in own_fields(event_type)
    ]
    return [name, _default("email", "email", required=True), _location(), *own, *_rest()]


def _rest() -> list[Json]:
    return [
        _default("title", "text", required=True, hidden=True),
        _default("notes", "textarea"),
        _default("guests", "multiemail"),
        _default("rescheduleReason", "textarea"),
    ]


def _location() -> Json:
    found = _default("location", "radioInput")
    found.pop("disableOnPrefill")
    return found


def _default(slug: str, kind: str, *, required: bool = False, hidden: bool = False) -> Json:
    return {
        "slug": slug,
        "type": kind,
        "isDefault": True,
        "required": required,
        "hidden": hidden,
        "disableOnPrefill": False,
    }
