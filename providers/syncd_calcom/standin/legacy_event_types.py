"""Event types as the oldest version lists them: groups of rows, with everything a row has.

Observed without `cal-api-version`. Most of it never differs here.
"""

from __future__ import annotations

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.rows import EventType, User
from syncd_calcom.standin.world import World

_NULL = (
    "aiPhoneCallConfig bookingFields bookingLimits customReplyToEmail description durationLimits "
    "eventName eventTypeColor instantMeetingSchedule instantMeetingScheduleId interfaceLanguage "
    "lockedTimeZone maxLeadThreshold metadata parentId periodCountCalendarDays periodDays "
    "periodEndDate periodStartDate profileId recurringEvent restrictionScheduleId "
    "rrSegmentQueryValue schedulingType seatsPerTimeSlot secondaryEmailId successRedirectUrl team "
    "teamId timeZone"
)
_FALSE = (
    "allowReschedulingCancelledBookings allowReschedulingPastBookings assignAllTeamMembers "
    "assignRRMembersUsingSegment autoTranslateDescriptionEnabled disableGuests "
    "hideCalendarEventDetails hideCalendarNotes hideOrganizerEmail isInstantEvent "
    "isRRWeightsEnabled lockTimeZoneToggleOnBookingPage onlyShowFirstAvailableSlot "
    "requiresBookerEmailVerification requiresConfirmationForFreeEmail "
    "requiresConfirmationWillBlockSlot rescheduleWithSameRoundRobinHost seatsShowAttendees "
    "showOptimizedSlots useBookerTimezone useEventLevelSelectedCalendars "
    "useEventTypeDestinationCalendarEmail"
)
_KINDS = {"address": "inPerson", "link": "link", "integration": "integrations:daily"}


def list_event_types(asked: Asked) -> Answer:
    """Of whoever asks; nobody has none."""
    world, user = asked.world, asked.caller.user
    if user is None:
        return success({"eventTypeGroups": [], "profiles": [], "allUsersAcrossAllEventTypes": {}})
    rows = [_row(each, user) for each in world.event_types.values() if each.owner_id == user.id]
    profile = _profile(world, user)
    counted = {"membershipCount": 1, "readOnly": False}
    alone = {"membershipRole": None, "teamId": None}
    group = {"bookerUrl": world.booker_url, "eventTypes": rows, "profile": profile} | alone
    return success(
        {
            "allUsersAcrossAllEventTypes": {},
            "eventTypeGroups": [group | {"metadata": counted}],
            "profiles": [profile | alone | counted],
        }
    )


def _profile(world: World, user: User) -> Json:
    return {
        "name": user.name,
        "slug": user.username,
        "image": f"{world.booker_url}/avatar.svg",
    }


def _row(each: EventType, owner: User) -> Json:
    return (
        dict.fromkeys(_NULL.split())
        | dict.fromkeys(_FALSE.split(), False)
        | {name: [] for name in ("children", "hashedLink", "hosts", "instantMeetingParameters")}
        | {
            "afterEventBuffer": each.after_buffer,
            "beforeEventBuffer": each.before_buffer,
            "canSendCalVideoTranscriptionEmails": True,
            "currency": "usd",
            "disableCancelling": each.disables_cancelling,
            "disableRescheduling": each.disables_rescheduling,
            "hidden": each.hidden,
            "id": each.id,
            "instantMeetingExpiryTimeOffsetInSeconds": 90,
            "length": each.length,
            "locations": [_location(place) for place in each.locations],
            "minimumBookingNotice": each.minimum_notice,
            "offsetStart": 0,
            "owner": {"timeZone": owner.time_zone},
            "periodType": "UNLIMITED",
            "position": each.position,
            "price": 0,
            "requiresConfirmation": each.confirmation is not None,
            "scheduleId": each.schedule_id,
            "seatsShowAvailabilityCount": True,
            "slotInterval": each.slot_interval,
            "slug": each.slug,
            "title": each.title,
            "userId": each.owner_id,
            "userIds": [each.owner_id],
        }
    )


def _location(place: Json) -> Json:
    return {
        name: _KINDS.get(value, value) if name == "type" else value
        for name, value in place.items()
        if name != "public"
    }
