"""What syncing remembers: states and leases, links, objects, busy time, conflicts, plans."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from syncd.ledger.columns import JsonText
from syncd.ledger.tables.words import metadata, moment, refers, required

calendar_states = Table(
    "calendar_states",
    metadata,
    required("practice_id"),
    required("calendar_id"),
    Column("cursor", Text),
    moment("last_read_at"),
    moment("last_listing_at"),
    moment("due_at"),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    moment("retry_at"),
    Column("error_code", Text),
    Column("error", Text),
    moment("suspended_at"),
    Column("suspended_why", Text),
    Column("released", Boolean, nullable=False, server_default=text("false")),
    Column("doubt", Boolean, nullable=False, server_default=text("false")),
    moment("horizon_until"),
    Column("nudges", Integer, nullable=False, server_default=text("0")),
    Column("nudges_served", Integer, nullable=False, server_default=text("0")),
    moment("nudged_at"),
    Column("lease_node", Text),
    moment("lease_until"),
    Column("fence", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("practice_id", "calendar_id"),
    refers("calendars", "calendar_id"),
)

nodes = Table(
    "nodes",
    metadata,
    required("practice_id"),
    required("id"),
    moment("seen_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "id"),
)

links = Table(
    "links",
    metadata,
    required("practice_id"),
    required("calendar_id"),
    required("appointment_id"),
    required("uid"),
    required("origin"),
    required("generation", Integer),
    Column("ref", Text),
    required("version"),
    required("digest"),
    Column("base", JsonText),
    required("state"),
    required("pushed_version", Integer),
    # The appointment's version, kept here so that an index can name the dirty links alone.
    required("wanted_version", Integer),
    Column("intended", JsonText),
    required("attempts", Integer),
    Column("problem", Text),
    # Whoever booked waits for this calendar's word: what the appointment becomes, and until when.
    Column("awaited", Text),
    moment("awaited_until"),
    Column("meeting_link", Text),
    PrimaryKeyConstraint("practice_id", "calendar_id", "appointment_id"),
    refers("calendars", "calendar_id"),
    refers("appointments", "appointment_id"),
)

_l = links.c
_has_ref = _l.ref.is_not(None)
# Conditions of partial indexes: only a query in the very same words can use the index.
IS_DIRTY = text("wanted_version <> pushed_version AND state IN ('pending-write', 'in-sync')")
"""Which links their calendar must still be told of."""
IS_AWAITED = text("awaited IS NOT NULL")
"""Which links' calendars have yet to say whether there is an appointment at all."""
Index(
    "ix_links_awaited",
    _l.practice_id,
    _l.appointment_id,
    sqlite_where=IS_AWAITED,
    postgresql_where=IS_AWAITED,
)
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
    required("practice_id"),
    required("calendar_id"),
    required("ref"),
    required("version"),
    required("digest"),
    required("uid"),
    required("kind"),
    Column("appointment_id", Text),
    required("recurring", Boolean),
    moment("starts_at"),
    moment("ends_at"),
    Column("body", Text),
    Column("reason", Text),
    Column("awaits", Text),
    moment("since", nullable=False),
    PrimaryKeyConstraint("practice_id", "calendar_id", "ref"),
    refers("calendars", "calendar_id"),
)

_r = remote_events.c
IS_RECURRING = text("recurring")
IS_QUARANTINED = text("kind = 'quarantined'")
IS_MIRROR = text("kind = 'mirror'")
for _kind, _where in (
    ("recurring", IS_RECURRING),
    ("quarantined", IS_QUARANTINED),
    ("mirrors", IS_MIRROR),
):
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
    required("practice_id"),
    required("calendar_id"),
    required("ref"),
    moment("starts_at", nullable=False),
    moment("ends_at", nullable=False),
    required("practitioner_id"),
    Column("conflict_id", Text),
    PrimaryKeyConstraint("practice_id", "calendar_id", "ref", "starts_at", "ends_at"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    refers("calendars", "calendar_id"),
    Index("ix_busy_blocks_time", "practice_id", "practitioner_id", "ends_at"),
)

conflicts = Table(
    "conflicts",
    metadata,
    required("practice_id"),
    required("id"),
    required("appointment_id"),
    required("calendar_id"),
    required("field"),
    Column("base", JsonText),
    Column("ledger", JsonText),
    Column("remote", JsonText),
    Column("ref", Text),
    required("remote_body"),
    required("ledger_version", Integer),
    moment("since", nullable=False),
    moment("resolved_at"),
    Column("resolution", Text),
    Column("resolved_by", Text),
    PrimaryKeyConstraint("practice_id", "id"),
    refers("appointments", "appointment_id"),
    refers("calendars", "calendar_id"),
    Index("ix_conflicts_appointment", "practice_id", "appointment_id"),
)

plans = Table(
    "plans",
    metadata,
    required("practice_id"),
    required("id"),
    Column("content", JsonText, nullable=False),
    moment("created_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "id"),
)
