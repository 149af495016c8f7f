"""Those who come by HTTP: their tokens, what was answered to requests that may arrive again, and
the inbox of webhooks."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from syncd.ledger.tables.words import metadata, moment, refers, required

tokens = Table(
    "tokens",
    metadata,
    required("practice_id"),
    required("id"),
    required("name"),
    required("role"),
    # Of the secret: the token itself is nowhere.
    required("digest"),
    Column("practitioner_id", Text),
    Column("client_id", Text),
    moment("created_at", nullable=False),
    moment("expires_at"),
    moment("revoked_at"),
    PrimaryKeyConstraint("practice_id", "id"),
    refers("practitioners", "practitioner_id"),
    refers("clients", "client_id"),
)

answers = Table(
    "answers",
    metadata,
    required("practice_id"),
    required("caller"),
    required("key"),
    required("fingerprint"),
    required("appointment_id"),
    required("answer"),
    moment("created_at", nullable=False),
    PrimaryKeyConstraint("practice_id", "caller", "key"),
    refers("appointments", "appointment_id"),
    Index("ix_answers_created_at", "practice_id", "created_at"),
    Index("ix_answers_appointment", "practice_id", "appointment_id"),
)

# The condition of a partial index: only a query in the very same words can use it.
IS_WAITING = text("look_at IS NOT NULL")

deliveries = Table(
    "deliveries",
    metadata,
    required("practice_id"),
    # Of the calendar and what was sent: the same delivery is not stored twice.
    required("id"),
    required("calendar_id"),
    moment("received_at", nullable=False),
    required("trigger"),
    required("version"),
    required("about"),
    moment("sent_at"),
    required("is_ping", Boolean),
    required("media_type"),
    moment("look_at"),
    required("looks", Integer),
    # Octets, for it need not be text.
    Column("body", LargeBinary),
    PrimaryKeyConstraint("practice_id", "id"),
    refers("calendars", "calendar_id"),
    Index("ix_deliveries_received_at", "practice_id", "received_at"),
    Index(
        "ix_deliveries_waiting",
        "practice_id",
        "calendar_id",
        "look_at",
        sqlite_where=IS_WAITING,
        postgresql_where=IS_WAITING,
    ),
)
