"""The practice and what belongs to it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from syncd.ledger.columns import JsonText
from syncd.ledger.tables.words import metadata, moment, refers, required

practices = Table(
    "practices",
    metadata,
    Column("id", Text, primary_key=True),
    required("name"),
    required("timezone"),
    required("locale"),
    required("number_prefix"),
    Column("holidays", Text),
    Column("closures", JsonText),
    Column("most_ahead", Integer),
    # Whether anybody may book without a credential; NULL in ledgers that were never asked.
    Column("public_booking", Boolean),
    # Since when clients cannot book at all; switched at any time, so not practice.toml's.
    moment("booking_off_at"),
    # What keys to single appointments are made of; NULL until the first one is.
    Column("booking_secret", Text),
)

practitioners = Table(
    "practitioners",
    metadata,
    required("practice_id"),
    required("id"),
    required("name"),
    required("timezone"),
    Column("hours", JsonText, nullable=False),
    # Who keeps it: practice.toml, or HTTP; NULL in ledgers of before the second could.
    Column("hours_kept_by", Text),
    required("active", Boolean),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
)

rooms = Table(
    "rooms",
    metadata,
    required("practice_id"),
    required("id"),
    # NULL for one that an appointment is in and the practice never named.
    Column("name", Text),
    Column("active", Boolean),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
)

activities = Table(
    "activities",
    metadata,
    required("practice_id"),
    required("id"),
    required("name"),
    required("duration_seconds", Integer),
    required("needs_confirmation", Boolean),
    Column("price", Text),
    Column("color", Text),
    Column("kept_by", Text),
    required("active", Boolean),
    Column("offering", JsonText),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
)

clients = Table(
    "clients",
    metadata,
    required("practice_id"),
    required("id"),
    required("name"),
    Column("email", Text),
    Column("phone", Text),
    # One client is one mailbox and name, both folded; null once erased, or without a mailbox.
    Column("email_key", Text),
    Column("name_key", Text),
    moment("created_at", nullable=False),
    moment("erased_at"),
    PrimaryKeyConstraint("practice_id", "id"),
    ForeignKeyConstraint(["practice_id"], ["practices.id"]),
    Index("uq_clients_identity", "practice_id", "email_key", "name_key", unique=True),
)

guardianships = Table(
    "guardianships",
    metadata,
    required("practice_id"),
    required("client_id"),
    # Who is responsible for them: kept like a client, too.
    required("guardian_id"),
    PrimaryKeyConstraint("practice_id", "client_id", "guardian_id"),
    refers("clients", "client_id"),
    ForeignKeyConstraint(
        ["practice_id", "guardian_id"],
        ["clients.practice_id", "clients.id"],
        name="fk_guardianships_guardians",
    ),
    Index("ix_guardianships_of", "practice_id", "guardian_id"),
)

relationships = Table(
    "relationships",
    metadata,
    required("practice_id"),
    required("id"),
    required("practitioner_id"),
    required("client_id"),
    moment("since", nullable=False),
    moment("ended_at"),
    PrimaryKeyConstraint("practice_id", "id"),
    refers("practitioners", "practitioner_id"),
    refers("clients", "client_id"),
    Index("uq_relationships_pair", "practice_id", "client_id", "practitioner_id", unique=True),
)

calendars = Table(
    "calendars",
    metadata,
    required("practice_id"),
    required("id"),
    required("provider"),
    required("practitioner_id"),
    required("mode"),
    required("adopt"),
    Column("on_remote_delete", Text),
    Column("disclosure", Text),
    Column("activity_id", Text),
    required("poll_seconds", Integer),
    required("stale_seconds", Integer),
    required("stale_policy"),
    Column("settings", JsonText, nullable=False),
    required("active", Boolean),
    Column("write_through", Text),
    PrimaryKeyConstraint("practice_id", "id"),
    refers("practitioners", "practitioner_id"),
)
