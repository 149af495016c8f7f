# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""What a quarantined object waits for, and when a mirror takes place. Those of before wait for
nothing in particular, and count as mirrors of something that changed: all are looked at again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.add_column("remote_events", sa.Column("starts_at", moment))
    op.add_column("remote_events", sa.Column("awaits", sa.Text()))
    is_mirror = sa.text("kind = 'mirror'")
    op.create_index(
        "ix_remote_events_mirrors",
        "remote_events",
        ["practice_id", "calendar_id"],
        sqlite_where=is_mirror,
        postgresql_where=is_mirror,
    )
