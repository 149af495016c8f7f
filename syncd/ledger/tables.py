"""The tables. The practice comes first in every key, so that a sharded database can distribute by
it. Rows stay in this package: the modules beside this one turn them into values of the core.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from syncd.ledger.columns import JsonText, UtcDateTime

SQLITE_DAY = "86400000000"
POSTGRESQL_DAY = "interval '24 hours'"
"""A day of exactly 24 hours, in the words of each database; SQLite's times are microseconds."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _required(name: str, kind: type[TypeEngine[Any]] = Text) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _moment(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, UtcDateTime(), nullable=nullable)


def _refers(table: str, column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["practice_id", column], [f"{table}.practice_id", f"{table}.id"])


practices = Table(
    "practices",
    metadata,
    Column("id", Text, primary_key=True),
    _required("name"),
    _required("timezone"),
    _required("locale"),
    _required("number_prefix"),
)

practitioners = Table(
    "practitioners",
    metadata,
    _required("practice_id"),
    _required("id"),
    _required("name"),
    _required("timezone"),
    Column("hours", JsonText, nullable=False),
    _required("active", Boolean),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
)

rooms = Table(
    "rooms",
    metadata,
    _required("practice_id"),
    _required("id"),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
)

activities = Table(
    "activities",
    metadata,
    _required("practice_id"),
    _required("id"),
    _required("name"),
    _required("duration_seconds", Integer),
    _required("needs_confirmation", Boolean),
    Column("price", Text),
    Column("color", Text),
    _required("active", Boolean),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
)

clients = Table(
    "clients",
    metadata,
    _required("practice_id"),
    _required("id"),
    _required("name"),
    Column("email", Text),
    Column("phone", Text),
    # One client is one mailbox and name, both folded; null once erased, or without a mailbox.
    Column("email_key", Text),
    Column("name_key", Text),
    _moment("created_at", nullable=False),
    _moment("erased_at"),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
    Index("uq_clients_identity", "practice_id", "email_key", "name_key", unique=True),
)

calendars = Table(
    "calendars",
    metadata,
    _required("practice_id"),
    _required("id"),
    _required("provider"),
    _required("practitioner_id"),
    _required("mode"),
    _required("adopt"),
    Column("on_remote_delete", Text),
    Column("disclosure", Text),
    Column("activity_id", Text),
    _required("poll_seconds", Integer),
    _required("stale_seconds", Integer),
    _required("stale_policy"),
    Column("settings", JsonText, nullable=False),
    _required("active", Boolean),
    PrimaryKeyConstraint("practice_id", "id"),
    _refers("practitioners", "practitioner_id"),
)

calendar_states = Table(
    "calendar_states",
    metadata,
    _required("practice_id"),
    _required("calendar_id"),
    Column("cursor", Text),
    _moment("last_read_at"),
    _moment("last_listing_at"),
    _moment("due_at"),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    _moment("retry_at"),
    Column("error_code", Text),
    Column("error", Text),
    _moment("suspended_at"),
    Column("suspended_why", Text),
    Column("released", Boolean, nullable=False, server_default=text("false")),
    Column("doubt", Boolean, nullable=False, server_default=text("false")),
    _moment("horizon_until"),
    Column("nudges", Integer, nullable=False, server_default=text("0")),
    Column("nudges_served", Integer, nullable=False, server_default=text("0")),
    _moment("nudged_at"),
    Column("lease_node", Text),
    _moment("lease_until"),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("practice_id", "calendar_id"),
    _refers("calendars", "calendar_id"),
)

nodes = Table(
    "nodes",
    metadata,
    _required("practice_id"),
    _required("id"),
    _moment("seen_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "id"),
)

numbers = Table(
    "numbers",
    metadata,
    _required("practice_id"),
    Column("booking_day", Date, nullable=False),
    _required("last", Integer),
    PrimaryKeyConstraint("practice_id", "booking_day"),
    sqlite_with_rowid=False,
)

appointments = Table(
    "appointments",
    metadata,
    _required("practice_id"),
    _required("id"),
    _required("number"),
    _required("practitioner_id"),
    _moment("starts_at", nullable=False),
    _moment("ends_at", nullable=False),
    _required("timezone"),
    Column("activity_id", Text),
    Column("client_id", Text),
    Column("room_id", Text),
    Column("title", Text),
    _required("status"),
    _required("payment"),
    _required("acknowledgement"),
    _required("flags"),
    _required("exempt", Boolean),
    # Longer than a day: looked for apart, so that the others are found by their start alone.
    _required("is_long", Boolean),
    _moment("hold_expires_at"),
    Column("cancelled_by", Text),
    Column("reason", Text),
    Column("notice_hours", Integer),
    _required("version", Integer),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "id"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    CheckConstraint(
        f"is_long = (ends_at - starts_at > {SQLITE_DAY})", name="is_long_on_sqlite"
    ).ddl_if("sqlite"),
    CheckConstraint(
        f"is_long = (ends_at - starts_at > {POSTGRESQL_DAY})", name="is_long_on_postgresql"
    ).ddl_if("postgresql"),
    _refers("practitioners", "practitioner_id"),
    _refers("activities", "activity_id"),
    _refers("clients", "client_id"),
    _refers("rooms", "room_id"),
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
IS_HOLD = text("status = 'proposed'")
Index(
    "ix_appointments_holds",
    _a.practice_id,
    _a.hold_expires_at,
    sqlite_where=IS_HOLD,
    postgresql_where=IS_HOLD,
)


links = Table(
    "links",
    metadata,
    _required("practice_id"),
    _required("calendar_id"),
    _required("appointment_id"),
    _required("uid"),
    _required("origin"),
    _required("generation", Integer),
    Column("ref", Text),
    _required("version"),
    _required("digest"),
    Column("base", JsonText),
    _required("state"),
    _required("pushed_version", Integer),
    # The appointment's version, kept here so that an index can name the dirty links alone.
    _required("wanted_version", Integer),
    Column("intended", JsonText),
    _required("attempts", Integer),
    Column("problem", Text),
    PrimaryKeyConstraint("practice_id", "calendar_id", "appointment_id"),
    _refers("calendars", "calendar_id"),
    _refers("appointments", "appointment_id"),
)

_l = links.c
_has_ref = _l.ref.is_not(None)
# Conditions of partial indexes: only a query in the very same words can use the index.
IS_DIRTY = text("wanted_version <> pushed_version AND state IN ('pending-write', 'in-sync')")
"""Which links their calendar must still be told of."""
Index(
    "uq_links_ref",
    _l.practice_id,
    _l.calendar_id,
    _l.ref,
    unique=True,
    sqlite_where=_has_ref,
    postgresql_where=_has_ref,
)
Index("ix_links_uid", _l.practice_id, _l.uid)
Index("ix_links_appointment", _l.practice_id, _l.appointment_id)
Index(
    "ix_links_dirty",
    _l.practice_id,
    _l.calendar_id,
    sqlite_where=IS_DIRTY,
    postgresql_where=IS_DIRTY,
)

remote_events = Table(
    "remote_events",
    metadata,
    _required("practice_id"),
    _required("calendar_id"),
    _required("ref"),
    _required("version"),
    _required("digest"),
    _required("uid"),
    _required("kind"),
    Column("appointment_id", Text),
    _required("recurring", Boolean),
    _moment("ends_at"),
    Column("body", Text),
    Column("reason", Text),
    _moment("since", nullable=False),
    PrimaryKeyConstraint("practice_id", "calendar_id", "ref"),
    _refers("calendars", "calendar_id"),
)

_r = remote_events.c
IS_RECURRING = text("recurring")
IS_QUARANTINED = text("kind = 'quarantined'")
for _kind, _where in (("recurring", IS_RECURRING), ("quarantined", IS_QUARANTINED)):
    Index(
        f"ix_remote_events_{_kind}",
        _r.practice_id,
        _r.calendar_id,
        sqlite_where=_where,
        postgresql_where=_where,
    )

busy_blocks = Table(
    "busy_blocks",
    metadata,
    _required("practice_id"),
    _required("calendar_id"),
    _required("ref"),
    _moment("starts_at", nullable=False),
    _moment("ends_at", nullable=False),
    _required("practitioner_id"),
    Column("conflict_id", Text),
    PrimaryKeyConstraint("practice_id", "calendar_id", "ref", "starts_at", "ends_at"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    _refers("calendars", "calendar_id"),
    Index("ix_busy_blocks_time", "practice_id", "practitioner_id", "ends_at"),
)

conflicts = Table(
    "conflicts",
    metadata,
    _required("practice_id"),
    _required("id"),
    _required("appointment_id"),
    _required("calendar_id"),
    _required("field"),
    Column("base", JsonText),
    Column("ledger", JsonText),
    Column("remote", JsonText),
    Column("ref", Text),
    _required("remote_body"),
    _required("ledger_version", Integer),
    _moment("since", nullable=False),
    _moment("resolved_at"),
    Column("resolution", Text),
    Column("resolved_by", Text),
    PrimaryKeyConstraint("practice_id", "id"),
    _refers("appointments", "appointment_id"),
    _refers("calendars", "calendar_id"),
    Index("ix_conflicts_appointment", "practice_id", "appointment_id"),
)

plans = Table(
    "plans",
    metadata,
    _required("practice_id"),
    _required("id"),
    Column("content", JsonText, nullable=False),
    _moment("created_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "id"),
)

journal = Table(
    "journal",
    metadata,
    _required("practice_id"),
    _required("seq", Integer),
    _moment("at", nullable=False),
    _required("actor"),
    _required("via"),
    _required("action"),
    _required("subject_kind"),
    _required("subject_id"),
    _required("before_digest"),
    _required("after_digest"),
    _required("note_digest"),
    _required("prev_hash"),
    _required("hash"),
    PrimaryKeyConstraint("practice_id", "seq"),
    Index("ix_journal_subject", "practice_id", "subject_kind", "subject_id", "seq"),
    sqlite_with_rowid=False,
)

journal_texts = Table(
    "journal_texts",
    metadata,
    _required("practice_id"),
    _required("seq", Integer),
    Column("salt", LargeBinary),
    Column("before", Text),
    Column("after", Text),
    Column("note", Text),
    _moment("erased_at"),
    PrimaryKeyConstraint("practice_id", "seq"),
    sqlite_with_rowid=False,
)

journal_heads = Table(
    "journal_heads",
    metadata,
    Column("practice_id", Text, primary_key=True),
    _required("seq", Integer),
    _required("hash"),
)
