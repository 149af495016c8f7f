"""The JSON of slots, and of why a time is none: a contract, as in `shapes`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from syncd.cli.shapes import Shape
from syncd.cli.times import in_zone, rfc3339
from syncd.core.agenda import Slot
from syncd.core.obstacles import Obstacle
from syncd.core.time import zone
from syncd.flows.availability import Judgement, Listing


def slots_shape(found: Listing, chosen: Iterable[Slot], tz: ZoneInfo) -> Shape:
    return {
        "activityId": found.activity.id,
        "slots": [
            {
                "start": in_zone(each.start, found.practitioners[each.practitioner_id].timezone),
                "practitionerId": each.practitioner_id,
                "available": each.available,
                "tentative": each.tentative,
                "placesLeft": each.places,
                "durationsMinutes": [_minutes(length) for length in each.durations],
                "obstacles": []
                if each.available
                else [_obstacle(why, tz) for why in found.why_not(each)],
            }
            for each in chosen
        ],
    }


def judgement_shape(found: Judgement) -> Shape:
    tz = zone(found.practitioner.timezone)
    return {
        "activityId": found.activity.id,
        "practitionerId": found.practitioner.id,
        "start": rfc3339(found.interval.start, tz),
        "end": rfc3339(found.interval.end, tz),
        "offered": not found.obstacles,
        "obstacles": [_obstacle(each, tz) for each in found.obstacles],
        "asOf": rfc3339(found.as_of, tz) if found.as_of else None,
        "unsure": list(found.unsure),
    }


def _obstacle(obstacle: Obstacle, tz: ZoneInfo) -> Shape:
    return {
        "reason": obstacle.reason.value,
        "what": obstacle.what or None,
        "until": rfc3339(obstacle.until, tz) if obstacle.until else None,
        "practitionerId": obstacle.who,
    }


def _minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)
