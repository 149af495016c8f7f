"""Those who come by HTTP: their tokens, and what was answered to requests that may arrive again."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text

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
