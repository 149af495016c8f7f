"""Appointments, their numbers, and what keeps them apart."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from syncd.ledger.columns import JsonText
from syncd.ledger.tables.words import metadata, moment, refers, required

SQLITE_DAY = "86400000000"
POSTGRESQL_DAY = "interval '24 hours'"
"""A day of exactly 24 hours, in the words of each database; SQLite's times are microseconds."""

numbers = Table(
    "numbers",
    metadata,
    required("practice_id"),
    Column("booking_day", Date, nullable=False),
    required("last", Integer),
    PrimaryKeyConstraint("practice_id", "booking_day"),
    sqlite_with_rowid=False,
)

appointments = Table(
    "appointments",
    metadata,
    required("practice_id"),
    required("id"),
    required("number"),
    required("practitioner_id"),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    required("timezone"),
    Column("activity_id", Text),
    Column("client_id", Text),
    Column("room_id", Text),
    Column("capacity", Integer, nullable=False, server_default="1"),
    # Ids of practitioners, as a JSON array: `attendances` are made from it.
    Column("also_with", JsonText, nullable=False, server_default="[]"),
    Column("title", Text),
    required("status"),
    required("payment"),
    required("acknowledgement"),
    required("flags"),
    required("exempt", Boolean),
    # Longer than a day: looked for apart, so that the others are found by their start alone.
    required("is_long", Boolean),
    moment("hold_expires_at"),
    Column("cancelled_by", Text),
    Column("reason", Text),
    Column("notice_hours", Integer),
    Column("as_booked", JsonText),
    # Personal; apart from the rest, so that it can be emptied.
    Column("answers", JsonText),
    required("version", Integer),
    moment("created_at", nullable=False),
    moment("updated_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "id"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint(
        f"is_long = (ends_at - starts_at > {SQLITE_DAY})", name="is_long_on_sqlite"
    ).ddl_if("sqlite"),
    CheckConstraint(
        f"is_long = (ends_at - starts_at > {POSTGRESQL_DAY})", name="is_long_on_postgresql"
    ).ddl_if("postgresql"),
    refers("practitioners", "practitioner_id"),
    refers("activities", "activity_id"),
    refers("clients", "client_id"),
    refers("rooms", "room_id"),
)

_a = appointments.c
Index("uq_appointments_number", _a.practice_id, _a.number, unique=True)
Index("ix_appointments_starts_at", _a.practice_id, _a.starts_at)
Index("ix_appointments_practitioner", _a.practice_id, _a.practitioner_id, _a.is_long, _a.starts_at)
for _name in ("client", "room"):
    _resource = _a[f"{_name}_id"]
    _held = _resource.is_not(None)
    Index(
        f"ix_appointments_{_name}",
        _a.practice_id,
        _resource,
        _a.is_long,
        _a.starts_at,
        sqlite_where=_held,
        postgresql_where=_held,
    )
# Who takes part beside the practitioner of an appointment, to be found by when it is. The database
# itself keeps it in step with appointments: `triggers`.
attendances = Table(
    "attendances",
    metadata,
    required("practice_id"),
    required("appointment_id"),
    required("practitioner_id"),
    moment("starts_at", nullable=False),
    required("is_long", Boolean),
    PrimaryKeyConstraint("practice_id", "appointment_id", "practitioner_id"),
    refers("appointments", "appointment_id"),
    refers("practitioners", "practitioner_id"),
    Index("ix_attendances_time", "practice_id", "practitioner_id", "is_long", "starts_at"),
    sqlite_with_rowid=False,
)
ATTENDED = attendances.join(
    appointments,
    (_a.practice_id == attendances.c.practice_id) & (_a.id == attendances.c.appointment_id),
)
IS_HOLD = text("status = 'proposed'")
Index(
    "ix_appointments_holds",
    _a.practice_id,
    _a.hold_expires_at,
    sqlite_where=IS_HOLD,
    postgresql_where=IS_HOLD,
)
