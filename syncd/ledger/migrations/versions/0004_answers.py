# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""What was answered to requests that may arrive again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0004"
down_revision = "0003"

_WORDS = ("practice_id", "caller", "key", "fingerprint", "appointment_id", "answer")


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "answers",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _WORDS),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("practice_id", "caller", "key", name="pk_answers"),
        sa.ForeignKeyConstraint(
            ("practice_id", "appointment_id"),
            ["appointments.practice_id", "appointments.id"],
            name="fk_answers_appointments",
        ),
    )
    op.create_index("ix_answers_created_at", "answers", ["practice_id", "created_at"])
    op.create_index("ix_answers_appointment", "answers", ["practice_id", "appointment_id"])
