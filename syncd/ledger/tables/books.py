"""The journal: the chain, the texts beside it, and its head."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from syncd.ledger.tables.words import metadata, moment, required

journal = Table(
    "journal",
    metadata,
    required("practice_id"),
    required("seq", Integer),
    moment("at", nullable=False),
    required("actor"),
    required("via"),
    required("action"),
    required("subject_kind"),
    required("subject_id"),
    required("before_digest"),
    required("after_digest"),
    required("note_digest"),
    required("prev_hash"),
    required("hash"),
    PrimaryKeyConstraint("practice_id", "seq"),
    Index("ix_journal_subject", "practice_id", "subject_kind", "subject_id", "seq"),
    sqlite_with_rowid=False,
)

journal_texts = Table(
    "journal_texts",
    metadata,
    required("practice_id"),
    required("seq", Integer),
    Column("salt", LargeBinary),
    Column("before", Text),
    Column("after", Text),
    Column("note", Text),
    moment("erased_at"),
    PrimaryKeyConstraint("practice_id", "seq"),
    sqlite_with_rowid=False,
)

journal_heads = Table(
    "journal_heads",
    metadata,
    Column("practice_id", Text, primary_key=True),
    required("seq", Integer),
    required("hash"),
)
