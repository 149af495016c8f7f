# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""The first ledger.

Says all by itself, in SQLAlchemy's own words: a released migration never changes, whatever becomes
of the tables later.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0001"
down_revision = None

_KINDS: dict[str, Any] = {
    "words": sa.Text(),
    "whole": sa.Integer(),
    "truth": sa.Boolean(),
    "octets": sa.LargeBinary(),
    "moment": sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql"),
}


def _columns(
    kind: str, *names: str, default: str | None = None, null: bool = False
) -> list[sa.Column[Any]]:
    return [
        sa.Column(
            name,
            _KINDS[kind],
            nullable=null,
            server_default=None if default is None else sa.text(default),
        )
        for name in names
    ]


words, whole, truth, octets, moment = (partial(_columns, kind) for kind in _KINDS)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _refers(table: str, to: str, *columns: str) -> sa.ForeignKeyConstraint:
    targets = ["id"] if len(columns) == 1 else ["practice_id", "id"]
    return sa.ForeignKeyConstraint(
        columns, [f"{to}.{target}" for target in targets], name=f"fk_{table}_{to}"
    )


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    only = None if where is None else sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=name.startswith("uq_"),
        sqlite_where=only,
        postgresql_where=only,
    )


def upgrade() -> None:
    _people()
    _appointments()
    _sync()
    _books()


def _people() -> None:
    op.create_table(
        "practices",
        *words("id", "name", "timezone", "locale", "number_prefix"),
        _key("practices", "id"),
    )
    op.create_table(
        "practitioners",
        *words("practice_id", "id", "name", "timezone", "hours"),
        *truth("active"),
        _key("practitioners", "practice_id", "id"),
        _refers("practitioners", "practices", "practice_id"),
    )
    op.create_table(
        "rooms",
        *words("practice_id", "id"),
        _key("rooms", "practice_id", "id"),
        _refers("rooms", "practices", "practice_id"),
    )
    op.create_table(
        "activities",
        *words("practice_id", "id", "name"),
        *whole("duration_seconds"),
        *truth("needs_confirmation"),
        *words("price", "color", null=True),
        *truth("active"),
        _key("activities", "practice_id", "id"),
        _refers("activities", "practices", "practice_id"),
    )
    op.create_table(
        "clients",
        *words("practice_id", "id", "name"),
        *words("email", "phone", "email_key", "name_key", null=True),
        *moment("created_at"),
        *moment("erased_at", null=True),
        _key("clients", "practice_id", "id"),
        _refers("clients", "practices", "practice_id"),
    )
    _index("uq_clients_identity", "clients", "practice_id", "email_key", "name_key")
    op.create_table(
        "calendars",
        *words("practice_id", "id", "provider", "practitioner_id", "mode", "adopt"),
        *words("on_remote_delete", "disclosure", "activity_id", null=True),
        *whole("poll_seconds", "stale_seconds"),
        *words("stale_policy", "settings"),
        *truth("active"),
        _key("calendars", "practice_id", "id"),
        _refers("calendars", "practitioners", "practice_id", "practitioner_id"),
    )
    op.create_table(
        "nodes",
        *words("practice_id", "id"),
        *moment("seen_at"),
        _key("nodes", "practice_id", "id"),
    )
    op.create_table(
        "numbers",
        *words("practice_id"),
        sa.Column("booking_day", sa.Date(), nullable=False),
        *whole("last"),
        _key("numbers", "practice_id", "booking_day"),
        sqlite_with_rowid=False,
    )


def _appointments() -> None:
    op.create_table(
        "appointments",
        *words("practice_id", "id", "number", "practitioner_id"),
        *moment("starts_at", "ends_at"),
        *words("timezone"),
        *words("activity_id", "client_id", "room_id", "title", null=True),
        *words("status", "payment", "acknowledgement", "flags"),
        *truth("exempt", "is_long"),
        *moment("hold_expires_at", null=True),
        *words("cancelled_by", "reason", null=True),
        *whole("notice_hours", null=True),
        *whole("version"),
        *moment("created_at", "updated_at"),
        _key("appointments", "practice_id", "id"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_appointments_ends_after_start")),
        sa.CheckConstraint(
            "is_long = (ends_at - starts_at > interval '24 hours')",
            name=op.f("ck_appointments_is_long_on_postgresql"),
        ).ddl_if("postgresql"),
        sa.CheckConstraint(
            "is_long = (ends_at - starts_at > 86400000000)",
            name=op.f("ck_appointments_is_long_on_sqlite"),
        ).ddl_if("sqlite"),
        _refers("appointments", "activities", "practice_id", "activity_id"),
        _refers("appointments", "clients", "practice_id", "client_id"),
        _refers("appointments", "practitioners", "practice_id", "practitioner_id"),
        _refers("appointments", "rooms", "practice_id", "room_id"),
    )
    _index(
        "ix_appointments_client",
        "appointments",
        "practice_id",
        "client_id",
        "is_long",
        "starts_at",
        where="client_id IS NOT NULL",
    )
    _index(
        "ix_appointments_holds",
        "appointments",
        "practice_id",
        "hold_expires_at",
        where="status = 'proposed'",
    )
    _index(
        "ix_appointments_practitioner",
        "appointments",
        "practice_id",
        "practitioner_id",
        "is_long",
        "starts_at",
    )
    _index(
        "ix_appointments_room",
        "appointments",
        "practice_id",
        "room_id",
        "is_long",
        "starts_at",
        where="room_id IS NOT NULL",
    )
    _index("ix_appointments_starts_at", "appointments", "practice_id", "starts_at")
    _index("uq_appointments_number", "appointments", "practice_id", "number")


def _sync() -> None:
    op.create_table(
        "calendar_states",
        *words("practice_id", "calendar_id"),
        *words("cursor", null=True),
        *moment("last_read_at", "last_listing_at", "due_at", null=True),
        *whole("failures", default="0"),
        *moment("retry_at", null=True),
        *words("error_code", "error", null=True),
        *moment("suspended_at", null=True),
        *words("suspended_why", null=True),
        *truth("released", "doubt", default="false"),
        *moment("horizon_until", null=True),
        *whole("nudges", "nudges_served", default="0"),
        *moment("nudged_at", null=True),
        *words("lease_node", null=True),
        *moment("lease_until", null=True),
        *whole("fence", default="0"),
        _key("calendar_states", "practice_id", "calendar_id"),
        _refers("calendar_states", "calendars", "practice_id", "calendar_id"),
    )
    op.create_table(
        "links",
        *words("practice_id", "calendar_id", "appointment_id", "uid", "origin"),
        *whole("generation"),
        *words("ref", null=True),
        *words("version", "digest"),
        *words("base", null=True),
        *words("state"),
        *whole("pushed_version", "wanted_version"),
        *words("intended", null=True),
        *whole("attempts"),
        *words("problem", null=True),
        _key("links", "practice_id", "calendar_id", "appointment_id"),
        _refers("links", "appointments", "practice_id", "appointment_id"),
        _refers("links", "calendars", "practice_id", "calendar_id"),
    )
    _index("ix_links_appointment", "links", "practice_id", "appointment_id")
    _index(
        "ix_links_dirty",
        "links",
        "practice_id",
        "calendar_id",
        where="wanted_version <> pushed_version AND state IN ('pending-write', 'in-sync')",
    )
    _index("ix_links_uid", "links", "practice_id", "uid")
    _index("uq_links_ref", "links", "practice_id", "calendar_id", "ref", where="ref IS NOT NULL")
    op.create_table(
        "remote_events",
        *words("practice_id", "calendar_id", "ref", "version", "digest", "uid", "kind"),
        *words("appointment_id", null=True),
        *truth("recurring"),
        *moment("ends_at", null=True),
        *words("body", "reason", null=True),
        *moment("since"),
        _key("remote_events", "practice_id", "calendar_id", "ref"),
        _refers("remote_events", "calendars", "practice_id", "calendar_id"),
    )
    _index(
        "ix_remote_events_quarantined",
        "remote_events",
        "practice_id",
        "calendar_id",
        where="kind = 'quarantined'",
    )
    _index(
        "ix_remote_events_recurring",
        "remote_events",
        "practice_id",
        "calendar_id",
        where="recurring",
    )
    op.create_table(
        "busy_blocks",
        *words("practice_id", "calendar_id", "ref"),
        *moment("starts_at", "ends_at"),
        *words("practitioner_id"),
        *words("conflict_id", null=True),
        _key("busy_blocks", "practice_id", "calendar_id", "ref", "starts_at", "ends_at"),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_busy_blocks_ends_after_start")),
        _refers("busy_blocks", "calendars", "practice_id", "calendar_id"),
    )
    _index("ix_busy_blocks_time", "busy_blocks", "practice_id", "practitioner_id", "ends_at")
    op.create_table(
        "conflicts",
        *words("practice_id", "id", "appointment_id", "calendar_id", "field"),
        *words("base", "ledger", "remote", "ref", null=True),
        *words("remote_body"),
        *whole("ledger_version"),
        *moment("since"),
        *moment("resolved_at", null=True),
        *words("resolution", "resolved_by", null=True),
        _key("conflicts", "practice_id", "id"),
        _refers("conflicts", "appointments", "practice_id", "appointment_id"),
        _refers("conflicts", "calendars", "practice_id", "calendar_id"),
    )
    _index("ix_conflicts_appointment", "conflicts", "practice_id", "appointment_id")
    op.create_table(
        "plans",
        *words("practice_id", "id", "content"),
        *moment("created_at"),
        _key("plans", "practice_id", "id"),
    )


def _books() -> None:
    op.create_table(
        "journal",
        *words("practice_id"),
        *whole("seq"),
        *moment("at"),
        *words(
            "actor",
            "via",
            "action",
            "subject_kind",
            "subject_id",
            "before_digest",
            "after_digest",
            "note_digest",
            "prev_hash",
            "hash",
        ),
        _key("journal", "practice_id", "seq"),
        sqlite_with_rowid=False,
    )
    _index("ix_journal_subject", "journal", "practice_id", "subject_kind", "subject_id", "seq")
    op.create_table(
        "journal_texts",
        *words("practice_id"),
        *whole("seq"),
        *octets("salt", null=True),
        *words("before", "after", "note", null=True),
        *moment("erased_at", null=True),
        _key("journal_texts", "practice_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal_heads",
        *words("practice_id"),
        *whole("seq"),
        *words("hash"),
        _key("journal_heads", "practice_id"),
    )
