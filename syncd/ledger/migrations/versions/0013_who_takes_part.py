# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Who takes part in an appointment beside its practitioner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    nobody = sa.Column("also_with", sa.Text(), nullable=False, server_default="[]")
    op.add_column("appointments", nobody)
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    key = ("practice_id", "appointment_id", "practitioner_id")
    op.create_table(
        "attendances",
        *(sa.Column(name, sa.Text(), nullable=False) for name in key),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("is_long", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_attendances"),
        _refers("appointments", "appointment_id"),
        _refers("practitioners", "practitioner_id"),
        sqlite_with_rowid=False,
    )
    found_by = ["practice_id", "practitioner_id", "is_long", "starts_at"]
    op.create_index("ix_attendances_time", "attendances", found_by)


def _refers(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ("practice_id", column),
        [f"{table}.practice_id", f"{table}.id"],
        name=f"fk_attendances_{table}",
    )
