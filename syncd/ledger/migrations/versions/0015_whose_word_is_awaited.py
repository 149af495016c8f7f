# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Calendars that have the last word on a booking, bookings that wait for it, and what they get."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.add_column("calendars", sa.Column("write_through", sa.Text()))
    op.add_column("links", sa.Column("awaited", sa.Text()))
    op.add_column("links", sa.Column("awaited_until", moment))
    op.add_column("links", sa.Column("meeting_link", sa.Text()))
    is_awaited = sa.text("awaited IS NOT NULL")
    op.create_index(
        "ix_links_awaited",
        "links",
        ["practice_id", "appointment_id"],
        sqlite_where=is_awaited,
        postgresql_where=is_awaited,
    )
