"""The JSON of a practice, and of what applying its file changes: a contract, as in `shapes`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from syncd.cli.shapes import Shape, calendar_shape
from syncd.core.practice import Activity
from syncd.flows.practice import Roster, RosterChange

_MINUTE = timedelta(minutes=1)


def changes_shape(changes: Iterable[RosterChange], *, applied: bool) -> Shape:
    return {
        "applied": applied,
        "changes": [
            {
                "change": each.change.value,
                "kind": each.kind,
                "id": each.id,
                "fields": list(each.fields),
            }
            for each in changes
        ],
    }


def roster_shape(roster: Roster) -> Shape:
    practice = roster.practice
    return {
        "practice": {
            "id": practice.id,
            "name": practice.name,
            "timezone": practice.timezone,
            "locale": practice.locale,
            "numberPrefix": practice.number_prefix,
            "maxAheadPerClient": practice.most_ahead,
            "holidays": practice.holidays,
            "closures": [
                {
                    "first": each.first.isoformat(),
                    "last": each.last.isoformat(),
                    "reason": each.reason,
                }
                for each in practice.closures
            ],
        },
        "practitioners": [
            {
                "id": each.id,
                "name": each.name,
                "timezone": each.timezone,
                "hoursKeptBy": each.hours_kept_by.value,
                "hours": [
                    {
                        "day": weekly.day.name.lower(),
                        "start": f"{weekly.window.start:%H:%M}",
                        "end": f"{weekly.window.end:%H:%M}",
                    }
                    for weekly in each.hours.weekly
                ],
                "exceptions": [
                    {
                        "date": exception.day.isoformat(),
                        "closed": exception.is_closed,
                        "windows": [
                            {"start": f"{window.start:%H:%M}", "end": f"{window.end:%H:%M}"}
                            for window in exception.windows
                        ],
                        "reason": exception.reason,
                    }
                    for exception in each.hours.exceptions
                ],
            }
            for each in roster.practitioners
        ],
        "rooms": [{"id": each.id, "name": each.name} for each in roster.rooms],
        "activities": [
            {
                "id": each.id,
                "name": each.name,
                "durationMinutes": int(each.duration.total_seconds() // 60),
                "needsConfirmation": each.needs_confirmation,
                "price": str(each.price) if each.price is not None else None,
                "color": each.color,
                "keptBy": each.kept_by.value,
                **_offering(each),
            }
            for each in roster.activities
        ],
        "calendars": [calendar_shape(each) for each in roster.calendars],
    }


def _offering(activity: Activity) -> Shape:
    offering, terms = activity.offering, activity.terms
    return {
        "durationsMinutes": [each // _MINUTE for each in terms.durations],
        "stepMinutes": terms.step // _MINUTE,
        "bufferBeforeMinutes": terms.before // _MINUTE,
        "bufferAfterMinutes": terms.after // _MINUTE,
        "noticeMinutes": terms.notice // _MINUTE,
        "daysAhead": terms.days_ahead,
        "maxPerDay": terms.most_a_day,
        "maxPerWeek": terms.most_a_week,
        "needsAcknowledgement": offering.acknowledged,
        "needsRelationship": offering.needs_relationship,
        "practitionerIds": list(offering.practitioners),
        "roomIds": list(offering.rooms),
        "capacity": offering.capacity,
        "collective": offering.collective,
        "description": offering.description,
        "requiredFields": [each.value for each in offering.required],
        "customField": offering.question,
        "meetingTypes": [each.value for each in offering.meetings],
        "meetingLink": offering.meeting_link,
    }
