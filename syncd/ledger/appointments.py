"""Appointments as they are found and listed. How they are written: `appointment_writes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    func,
    or_,
    select,
)

from syncd.core.appointment import (
    Acknowledgement,
    Appointment,
    Client,
    Flag,
    Party,
    Payment,
    Status,
)
from syncd.core.details import Answers, AsBooked, MeetingType, Money
from syncd.core.errors import Unknown
from syncd.core.ids import (
    AppointmentId,
    ClientId,
    PracticeId,
    PractitionerId,
    is_number,
)
from syncd.core.status_words import Standing
from syncd.ledger.claims import ClaimReads
from syncd.ledger.tables import IS_HOLD, appointments, attendances, clients
from syncd.ledger.unit import chunks

COLUMNS = (
    appointments,
    clients.c.name.label("client_name"),
    clients.c.email.label("client_email"),
    clients.c.phone.label("client_phone"),
)
CLIENT_OF_APPOINTMENT = (clients.c.practice_id == appointments.c.practice_id) & (
    clients.c.id == appointments.c.client_id
)
WITH_CLIENT = appointments.outerjoin(clients, CLIENT_OF_APPOINTMENT)
_SELECT = select(*COLUMNS).select_from(WITH_CLIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFilter:
    """Which appointments to list, by start. `start` and `end` bound a window that they overlap;
    those of `standings` are in any of them; None anywhere means any."""

    statuses: frozenset[Status] | None = None
    standings: tuple[Standing, ...] | None = None
    practitioner_id: PractitionerId | None = None
    client_id: ClientId | None = None
    client_ids: frozenset[ClientId] | None = None
    start: datetime | None = None
    end: datetime | None = None
    limit: int | None = None
    offset: int = 0


class AppointmentReads(ClaimReads):
    def appointment(self, id_or_number: str) -> Appointment:
        """Raises Unknown."""
        column = appointments.c.number if is_number(id_or_number) else appointments.c.id
        row = self._read(
            _SELECT.where(appointments.c.practice_id == self.practice_id, column == id_or_number)
        ).one_or_none()
        if row is None:
            raise Unknown("appointment", id_or_number)
        return appointment_of(row)

    def appointments(self, wanted: AppointmentFilter | None = None) -> list[Appointment]:
        """In order of start, then number."""
        a, asked = appointments.c, wanted or AppointmentFilter()
        found = _SELECT.where(*_conditions(asked, self.practice_id))
        ordered = found.order_by(a.starts_at, a.number).limit(asked.limit).offset(asked.offset)
        return [appointment_of(row) for row in self._read(ordered)]

    def count_appointments(self, wanted: AppointmentFilter) -> int:
        """How many there are, whatever the filter's limit and offset."""
        conditions = _conditions(wanted, self.practice_id)
        statement = select(func.count()).select_from(appointments).where(*conditions)
        return int(self._read(statement).scalar_one())

    def booked_since(self, client_id: ClientId, moment: datetime) -> int:
        """How many appointments of this client were made since."""
        a = appointments.c
        statement = select(func.count()).where(
            a.practice_id == self.practice_id, a.client_id == client_id, a.created_at > moment
        )
        return int(self._read(statement).scalar_one())

    def seen_by(self, practitioner_id: PractitionerId) -> frozenset[ClientId]:
        """The clients who ever had an appointment with a practitioner."""
        a = appointments.c
        statement = select(a.client_id).where(
            a.practice_id == self.practice_id,
            takes_part(self.practice_id, practitioner_id),
            a.client_id.is_not(None),
        )
        return frozenset(row.client_id for row in self._read(statement.distinct()))

    def attendances(self) -> set[tuple[AppointmentId, PractitionerId, datetime]]:
        """Who is found beside the practitioner of an appointment, and when."""
        t = attendances.c
        statement = select(t.appointment_id, t.practitioner_id, t.starts_at)
        rows = self._read(statement.where(t.practice_id == self.practice_id))
        return {(row.appointment_id, row.practitioner_id, row.starts_at) for row in rows}

    def all_appointments(self) -> Iterator[Appointment]:
        """Every appointment, in no order, in a stream."""
        statement = _SELECT.where(appointments.c.practice_id == self.practice_id)
        with closing(self._read(statement.execution_options(yield_per=1000))) as rows:
            for row in rows:
                yield appointment_of(row)

    def appointments_by_id(self, ids: Iterable[AppointmentId]) -> dict[AppointmentId, Appointment]:
        """Those that exist."""
        found: dict[AppointmentId, Appointment] = {}
        for chunk in chunks(list(ids)):
            statement = _SELECT.where(
                appointments.c.practice_id == self.practice_id, appointments.c.id.in_(chunk)
            )
            found |= {row.id: appointment_of(row) for row in self._read(statement)}
        return found

    def held_appointments(self, *, expired_before: datetime) -> list[Appointment]:
        """Holds whose time ran out before that moment."""
        statement = _SELECT.where(
            appointments.c.practice_id == self.practice_id,
            IS_HOLD,
            appointments.c.hold_expires_at < expired_before,
        ).order_by(appointments.c.hold_expires_at)
        return [appointment_of(row) for row in self._read(statement)]


def takes_part(practice_id: PracticeId, practitioner_id: PractitionerId) -> ColumnElement[bool]:
    """Whether an appointment takes time of this practitioner. Each side has an index."""
    a = appointments.c
    also = select(attendances.c.appointment_id).where(
        attendances.c.practice_id == practice_id,
        attendances.c.practitioner_id == practitioner_id,
    )
    return or_(a.practitioner_id == practitioner_id, a.id.in_(also))


def appointment_of(row: Any) -> Appointment:
    """The appointment that a row of `COLUMNS` stands for."""
    return Appointment(
        id=row.id,
        practice_id=row.practice_id,
        number=row.number,
        practitioner_id=row.practitioner_id,
        start=row.starts_at,
        end=row.ends_at,
        timezone=row.timezone,
        created_at=row.created_at,
        activity_id=row.activity_id,
        client=_client(row),
        room_id=row.room_id,
        capacity=row.capacity,
        also_with=tuple(row.also_with),
        title=row.title,
        status=Status(row.status),
        payment=Payment(row.payment),
        acknowledgement=Acknowledgement(row.acknowledgement),
        flags=frozenset(map(Flag, row.flags.split(","))) if row.flags else frozenset(),
        hold_expires_at=row.hold_expires_at,
        cancelled_by=Party(row.cancelled_by) if row.cancelled_by else None,
        reason=row.reason,
        notice_hours=row.notice_hours,
        as_booked=_as_booked(row.as_booked) if row.as_booked else None,
        answers=Answers(**row.answers) if row.answers else None,
        version=row.version,
    )


def _as_booked(stored: Mapping[str, str]) -> AsBooked:
    price, meeting = stored.get("price"), stored.get("meeting")
    return AsBooked(
        activity_name=stored["activity_name"],
        price=Money.parse(price) if price else None,
        color=stored.get("color"),
        meeting=MeetingType(meeting) if meeting else None,
        link=stored.get("link"),
    )


def _client(row: Any) -> Client | None:
    if row.client_id is None:
        return None
    return Client(
        id=row.client_id, name=row.client_name, email=row.client_email, phone=row.client_phone
    )


def _conditions(
    wanted: AppointmentFilter, practice_id: PracticeId
) -> Iterator[ColumnElement[bool]]:
    a = appointments.c
    yield a.practice_id == practice_id
    if wanted.statuses is not None:
        yield a.status.in_(sorted(each.value for each in wanted.statuses))
    if wanted.standings is not None:
        yield or_(false(), *(and_(*_stands(each)) for each in wanted.standings))
    if wanted.practitioner_id is not None:
        yield takes_part(practice_id, wanted.practitioner_id)
    if wanted.client_id is not None:
        yield a.client_id == wanted.client_id
    if wanted.client_ids is not None:
        yield a.client_id.in_(sorted(wanted.client_ids))
    if wanted.start is not None:
        yield a.ends_at > wanted.start
    if wanted.end is not None:
        yield a.starts_at < wanted.end


def _stands(standing: Standing) -> Iterator[ColumnElement[bool]]:
    a = appointments.c
    yield a.status.in_(sorted(each.value for each in standing.statuses))
    if standing.acknowledgements is not None:
        yield a.acknowledgement.in_(sorted(each.value for each in standing.acknowledgements))
    if standing.cancelled_by is not None:
        yield a.cancelled_by == standing.cancelled_by.value
    if standing.reason is not None:
        yield a.reason == standing.reason
