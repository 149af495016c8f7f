"""Events of others become appointments: with a number, a link, and the client who booked there.

They happened already, so nothing is refused here. Which events are adopted is `core`'s to decide.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.appointment import (
    Agreed,
    Appointment,
    Client,
    Flag,
    Link,
    LinkState,
    Origin,
    Status,
)
from syncd.core.errors import VersionConflict
from syncd.core.events import Guest, RemoteEvent
from syncd.core.ids import AppointmentId, CalendarId, Number
from syncd.core.journal import Cause
from syncd.core.operations import AdoptEvent
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Picture, Scene
from syncd.flows.linking import links_for
from syncd.flows.mandate import Mandate
from syncd.ledger import Transaction


def adopt(tx: Transaction, picture: Picture, steps: Sequence[AdoptEvent], mandate: Mandate) -> None:
    """Foreign events become appointments with numbers of their own. They happened upstream, so an
    overlap is flagged and shown, never refused."""
    if not steps:
        return
    scene = picture.scene
    calendar_id = scene.calendar.id
    cause = mandate.cause(calendar_id, "a new event in the calendar")
    revived = tx.appointments_by_id([step.revives for step in steps if step.revives])
    if revived:
        raise VersionConflict("another calendar has just brought the appointment back; look again")
    added = tx.add_appointments(
        [_drafted(tx, scene, step, cause) for step in steps],
        cause,
        action="adopt",
        flag_overlaps=True,
    )
    tx.put_links([_adopted_link(calendar_id, each, step) for each, step in _zip(added, steps)])
    tx.put_remote_events(
        [record_of(step.event, calendar_id, each) for each, step in _zip(added, steps)]
    )
    known = {step.event.ref: () for step in steps if step.event.ref in picture.records}
    if known:
        tx.set_busy(calendar_id, scene.practitioner.id, known)
    elsewhere = links_for(tx, added, but_for=calendar_id)
    if elsewhere:
        tx.put_links(elsewhere)
        tx.nudge(sorted({link.calendar_id for link in elsewhere}))


def record_of(
    event: RemoteEvent, calendar_id: CalendarId, appointment: Appointment
) -> RemoteRecord:
    """What to remember of an appointment's event."""
    return RemoteRecord(
        calendar_id=calendar_id,
        ref=event.ref,
        version=event.version,
        kind=RemoteKind.LINKED,
        uid=event.uid,
        digest=event.digest,
        appointment_id=appointment.id,
        recurring=event.recurring,
        ends_at=appointment.end,
        body=event.body,
    )


_Made = list[tuple[Appointment, AdoptEvent]]


def _zip(added: Sequence[Appointment], steps: Sequence[AdoptEvent]) -> _Made:
    return list(zip(added, steps, strict=True))


def _drafted(tx: Transaction, scene: Scene, step: AdoptEvent, cause: Cause) -> Appointment:
    flags = {Flag.ADOPTED} | ({Flag.OUTSIDE_HOURS} if step.outside_hours else set())
    return Appointment(
        id=step.revives or AppointmentId(""),
        practice_id=tx.practice_id,
        number=Number(""),
        practitioner_id=scene.practitioner.id,
        client=_client(tx, step.event.guest, cause),
        activity_id=scene.activity_named(step.event.activity) or scene.calendar.activity_id,
        start=step.interval.start,
        end=step.interval.end,
        timezone=step.zone,
        title=step.event.title,
        created_at=tx.now,
        status=Status.PENDING if step.asks else Status.BOOKED,
        flags=frozenset(flags),
    )


def _adopted_link(calendar_id: CalendarId, appointment: Appointment, step: AdoptEvent) -> Link:
    event, when = step.event, step.interval
    return Link(
        appointment_id=appointment.id,
        calendar_id=calendar_id,
        uid=event.uid,
        origin=Origin.ADOPTED,
        ref=event.ref,
        version=event.version,
        digest=event.digest,
        base=Agreed(start=when.start, end=when.end, title=event.title, tentative=step.asks),
        state=LinkState.IN_SYNC,
        pushed_version=appointment.version,
    )


def _client(tx: Transaction, guest: Guest | None, cause: Cause) -> Client | None:
    """Whoever booked there, known by mailbox and name; what the ledger knows of them stays."""
    if guest is None:
        return None
    return tx.find_or_add_client(
        name=guest.name, email=guest.email, phone=guest.phone, cause=cause, renews=False
    )
