# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""The inbox of webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "deliveries",
        *_required("practice_id", "id", "calendar_id"),
        sa.Column("received_at", moment, nullable=False),
        *_required("trigger", "version", "about"),
        sa.Column("sent_at", moment),
        sa.Column("is_ping", sa.Boolean(), nullable=False),
        *_required("media_type"),
        sa.Column("look_at", moment),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("practice_id", "id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ("practice_id", "calendar_id"),
            ["calendars.practice_id", "calendars.id"],
            name="fk_deliveries_calendars",
        ),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["practice_id", "received_at"])
    is_waiting = sa.text("look_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["practice_id", "calendar_id", "look_at"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )


def _required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]
