"""The JSON that verbs print: a contract, documented in docs/cli.md. Keys are only ever added.

camelCase; times are RFC 3339 with an offset, an appointment's in its own zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from syncd.cli.times import in_zone, rfc3339
from syncd.cli.wording import standing_of
from syncd.core.appointment import Appointment, Client, Link
from syncd.core.conflict import ConflictRecord
from syncd.core.details import Answers, AsBooked
from syncd.core.ids import Number
from syncd.core.journal import Entry, JournalReport
from syncd.core.plan import CalendarPlan
from syncd.core.practice import Calendar
from syncd.core.relations import Relationship
from syncd.flows.clients import Dossier
from syncd.flows.people import Person
from syncd.flows.planning import Survey
from syncd.flows.rounds import Visit
from syncd.flows.status import CalendarStatus
from syncd.ports import Discovered

Shape = dict[str, Any]


def appointment_shape(appointment: Appointment, links: Iterable[Link]) -> Shape:
    held_until = appointment.hold_expires_at
    return {
        "id": appointment.id,
        "number": appointment.number,
        "status": appointment.status.value,
        "payment": appointment.payment.value,
        "acknowledgement": appointment.acknowledgement.value,
        "activityId": appointment.activity_id,
        "practitionerId": appointment.practitioner_id,
        "alsoWith": list(appointment.also_with),
        "roomId": appointment.room_id,
        "client": client_shape(appointment.client) if appointment.client else None,
        "start": in_zone(appointment.start, appointment.timezone),
        "end": in_zone(appointment.end, appointment.timezone),
        "timezone": appointment.timezone,
        "version": appointment.version,
        "flags": sorted(each.value for each in appointment.flags),
        "links": [
            {
                "calendarId": each.calendar_id,
                "state": standing_of(each, appointment).value,
                "ref": each.ref,
            }
            for each in sorted(links, key=lambda each: each.calendar_id)
        ],
        "title": appointment.title,
        "asBooked": _as_booked(appointment.as_booked),
        "answers": _answers(appointment.answers),
        "createdAt": in_zone(appointment.created_at, appointment.timezone),
        "cancelledBy": appointment.cancelled_by.value if appointment.cancelled_by else None,
        "reason": appointment.reason,
        "noticeHours": appointment.notice_hours,
        "holdExpiresAt": in_zone(held_until, appointment.timezone) if held_until else None,
    }


def _as_booked(agreed: AsBooked | None) -> Shape | None:
    if agreed is None:
        return None
    return {
        "activityName": agreed.activity_name,
        "price": str(agreed.price) if agreed.price is not None else None,
        "color": agreed.color,
        "meetingType": agreed.meeting.value if agreed.meeting else None,
        "meetingLink": agreed.link,
    }


def _answers(said: Answers | None) -> Shape | None:
    if said is None:
        return None
    return {
        "notes": said.notes,
        "address": said.address,
        "customField": {"label": said.question, "value": said.answer} if said.answer else None,
    }


def client_shape(client: Client) -> Shape:
    return {"id": client.id, "name": client.name, "email": client.email, "phone": client.phone}


def person_shape(person: Person) -> Shape:
    return {
        **client_shape(person.client),
        "guardianIds": list(person.guardians),
        "wardIds": list(person.wards),
    }


def relationship_shape(relationship: Relationship) -> Shape:
    ended_at = relationship.ended_at
    return {
        "id": relationship.id,
        "practitionerId": relationship.practitioner_id,
        "clientId": relationship.client_id,
        "since": rfc3339(relationship.since),
        "endedAt": rfc3339(ended_at) if ended_at else None,
    }


def appointment_number(appointment: Appointment | None) -> str | None:
    return appointment.number if appointment is not None else None


def visits_shape(visits: Iterable[Visit]) -> Shape:
    return {"calendars": [_visit(each) for each in visits]}


def _visit(visit: Visit) -> Shape:
    report = visit.report
    return {
        "id": report.calendar_id,
        "ok": report.ok,
        "pulled": report.pulled,
        "pushed": report.pushed,
        "conflicts": report.conflicts,
        "quarantined": report.quarantined,
        "requests": report.requests,
        "seconds": report.seconds,
        "error": report.error,
        "code": report.code,
        "by": "daemon" if visit.by_holder else "cli",
    }


def plan_shape(made: Survey) -> Shape:
    return {
        "id": made.id,
        "operations": [each for plan in made.plans for each in _operations(plan)],
        "refused": [
            {"calendarId": plan.calendar_id, "why": plan.refused}
            for plan in made.plans
            if plan.refused is not None
        ],
        "failed": [
            {"calendarId": calendar_id, "code": exc.code, "error": str(exc)}
            for calendar_id, exc in sorted(made.failures.items())
        ],
    }


def _operations(plan: CalendarPlan) -> list[Shape]:
    return [
        {
            "calendarId": plan.calendar_id,
            "op": step.op.value,
            "ref": step.ref,
            "number": step.number,
            "why": step.why,
        }
        for step in plan.steps
    ]


def conflict_shape(conflict: ConflictRecord, number: Number | None) -> Shape:
    resolved = conflict.resolved_at
    return {
        "id": conflict.id,
        "number": number,
        "calendarId": conflict.calendar_id,
        "field": conflict.field.value,
        "base": conflict.base,
        "ledger": conflict.ledger,
        "remote": conflict.remote,
        "since": rfc3339(conflict.since),
        "ref": conflict.ref,
        "resolvedAt": rfc3339(resolved) if resolved else None,
        "resolution": conflict.resolution.value if conflict.resolution else None,
        "resolvedBy": conflict.resolved_by,
    }


def entry_shape(entry: Entry) -> Shape:
    return {
        "seq": entry.seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "via": dict(entry.via),
        "action": entry.action,
        "subjectKind": entry.subject_kind,
        "subjectId": entry.subject_id,
        "before": entry.state_before,
        "after": entry.state_after,
        "why": entry.note,
        "erasedAt": rfc3339(entry.erased_at) if entry.erased_at else None,
        "hash": entry.hash,
    }


def entries_shape(entries: Iterable[Entry]) -> Shape:
    return {"entries": [entry_shape(each) for each in entries]}


def appointments_shape(found: Iterable[tuple[Appointment, Iterable[Link]]]) -> Mapping[str, Any]:
    return {"appointments": [appointment_shape(each, links) for each, links in found]}


def dossier_shape(dossier: Dossier) -> Shape:
    return {
        "client": person_shape(dossier.person),
        "relationships": [relationship_shape(each) for each in dossier.relationships],
        "appointments": [appointment_shape(each, ()) for each in dossier.appointments],
        "entries": [entry_shape(each) for each in dossier.entries],
    }


def calendar_shape(calendar: Calendar) -> Shape:
    return {
        "id": calendar.id,
        "provider": calendar.provider,
        "practitionerId": calendar.practitioner_id,
        "mode": calendar.mode.value,
        "adopt": calendar.adopt.value,
        "onRemoteDelete": calendar.deletion_policy.value,
        "disclosure": calendar.shows.value,
        "activityId": calendar.activity_id,
        "pollEverySeconds": int(calendar.poll_every.total_seconds()),
        "staleAfterSeconds": int(calendar.stale_after.total_seconds()),
        "stalePolicy": calendar.stale_policy.value,
        "writeThrough": calendar.write_through.value if calendar.write_through else None,
        "settings": dict(calendar.settings),
        "active": calendar.active,
    }


def journal_report_shape(report: JournalReport) -> Shape:
    return {
        "ok": report.is_sound,
        "count": report.count,
        "erased": report.erased,
        "head": report.head,
        "problems": [{"seq": each.seq, "what": each.what} for each in report.problems],
    }


def calendar_state_shape(each: CalendarStatus) -> Shape:
    state = each.state
    return {
        "state": each.health.value,
        "lastReadAt": _moment(state.last_read_at),
        "lastListingAt": _moment(state.last_listing_at),
        "ageSeconds": int(each.age.total_seconds()) if each.age is not None else None,
        "nextTryAt": _moment(state.retry_at),
        "failures": state.failures,
        "code": state.error_code,
        "error": state.error,
        "suspendedAt": _moment(state.suspended_at),
        "suspendedWhy": state.suspended_why,
        "pending": each.pending,
        "conflicts": each.conflicts,
        "quarantined": each.quarantined,
        "node": each.holder,
    }


def _moment(value: datetime | None) -> str | None:
    return rfc3339(value) if value else None


def discovered_shape(found: Discovered) -> Shape:
    return {"name": found.name, "url": found.url, "writable": found.writable}
