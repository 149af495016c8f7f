"""Requests that may arrive again, with what was answered."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from syncd.ledger.tables.words import metadata, moment, refers, required

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
