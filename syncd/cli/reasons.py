"""Why a time is not offered, in words for people. Prints nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from syncd.cli.times import spoken
from syncd.core.obstacles import Obstacle, Reason

_WORDS = {
    Reason.NOT_OPEN: "outside opening hours",
    Reason.DAY_CLOSED: "closed: {what}",
    Reason.ENDS_AFTER_CLOSING: "ends after closing, {until}",
    Reason.OFF_GRID: "no start: {what} is not on the grid",
    Reason.SECOND_TIME: "the clock shows {what} twice; only the first is offered",
    Reason.PAST: "in the past",
    Reason.NOTICE_TOO_SHORT: "too short notice: can be booked from {until} on",
    Reason.TOO_FAR_AHEAD: "too far ahead: can be booked until {what}",
    Reason.DAY_FULL: "no more of these on {what}",
    Reason.WEEK_FULL: "no more of these in the week of {what}",
    Reason.NO_RELATIONSHIP: "for clients of the practitioner only",
    Reason.CLIENT_BUSY: "the client has another appointment until {until}",
    Reason.BOOKING_OFF: "the practice takes no bookings at the moment",
    Reason.NO_ROOM: "every room that would do is taken",
    Reason.TAKEN: "taken by {what} until {until}",
    Reason.BUSY: "busy in {what} until {until}",
    Reason.BUFFER: "too close to {what}",
    Reason.CALENDAR_STALE: "{what} was not read for too long, so nobody knows",
}


def in_words(obstacle: Obstacle, tz: ZoneInfo) -> str:
    """What stands in the way, as a person reads it; times on the wall of `tz`."""
    until = spoken(obstacle.until, tz) if obstacle.until else ""
    words = _WORDS[obstacle.reason].format(what=obstacle.what or "something", until=until)
    return f"{obstacle.who}: {words}" if obstacle.who else words
