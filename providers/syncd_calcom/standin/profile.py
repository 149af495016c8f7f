"""Which Cal.com is stood in for: the hosted one, Cal.diy, or the older server that was recorded.

A profile is a value; what differs is asked of it by name and nowhere by the profile's own name.
Sources: the vendor's API reference and webhook guide of July 2026 (hosted), its public OpenAPI
document (Cal.diy 6.2), observed on v5.6.7 (recorded).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_VERSIONS = frozenset({"2024-04-15", "2024-06-11", "2024-06-14", "2024-08-13", "2024-09-04"})
_TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_RESCHEDULED",
    "BOOKING_REQUESTED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "FORM_SUBMITTED",
    "MEETING_ENDED",
    "MEETING_STARTED",
    "RECORDING_READY",
    "RECORDING_TRANSCRIPTION_GENERATED",
    "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    "FORM_SUBMITTED_NO_EVENT",
)
_TRIGGERS_OF_CAL_DIY = ("DELEGATION_CREDENTIAL_ERROR", "WRONG_ASSIGNMENT_REPORT")
_TRIGGERS_OF_HOSTED = (
    "BOOKING_LOCATION_UPDATED",
    "BOOKING_REASSIGNED",
    "INSTANT_MEETING",
    "INSTANT_MEETING_ACCEPTED",
    "ROUTING_FORM_FALLBACK_HIT",
    "CALENDAR_ENTRY_REJECTED",
    "DELEGATION_CREDENTIAL_SECRET_ROTATED",
    "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED",
    "DELEGATION_CREDENTIAL_ROTATION_REQUIRED",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`application` ends every iCalendar uid. `versions` are the values of `cal-api-version` that
    are known; any other counts as the oldest. `edits_bookings`: location, guests, attendees and
    by-seat exist. `moves_groups`: a host may move a seated booking as a whole. `announces_edits`:
    of a new place and a new host. `refuses_private_subscribers` is off also for the hosted one,
    which refuses them: the receivers of tests are on this machine. `webhook_version` is a header of
    each delivery."""

    name: str
    application: str
    versions: frozenset[str] = _VERSIONS
    triggers: tuple[str, ...] = _TRIGGERS
    shows_display_emails: bool = True
    shows_booking_urls: bool = True
    shows_avatars: bool = True
    edits_bookings: bool = True
    moves_groups: bool = True
    cancels_seats_with_reason: bool = True
    requests_reschedules: bool = False
    announces_edits: bool = False
    takes_host_overrides: bool = False
    keeps_metadata_on_cancel: bool = False
    refuses_private_subscribers: bool = False
    webhook_version: str | None = "2021-10-20"


CAL_DIY = Profile(
    name="cal.diy", application="Cal.diy", triggers=(*_TRIGGERS, *_TRIGGERS_OF_CAL_DIY)
)
HOSTED = replace(
    CAL_DIY,
    name="hosted",
    application="Cal.com",
    versions=_VERSIONS | {"2026-02-25"},
    triggers=(*_TRIGGERS, *_TRIGGERS_OF_CAL_DIY, *_TRIGGERS_OF_HOSTED),
    requests_reschedules=True,
    announces_edits=True,
    takes_host_overrides=True,
    keeps_metadata_on_cancel=True,
    webhook_version="2026-07-27",
)
RECORDED = Profile(
    name="recorded",
    application="Cal.com",
    triggers=(*_TRIGGERS, "INSTANT_MEETING"),
    shows_display_emails=False,
    shows_booking_urls=False,
    shows_avatars=False,
    edits_bookings=False,
    moves_groups=False,
    cancels_seats_with_reason=False,
    webhook_version=None,
)
"""v5.6.7 of August 2025: the one that the recordings come from."""
