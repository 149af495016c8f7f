# ruff: noqa: INP001  Alembic loads scripts by path, they are no package
"""Tokens for those who come by HTTP."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    moment = sa.BigInteger().with_variant(TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "tokens",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("practice_id", "id", "name", "role", "digest")
        ),
        sa.Column("practitioner_id", sa.Text()),
        sa.Column("client_id", sa.Text()),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment),
        sa.Column("revoked_at", moment),
        sa.PrimaryKeyConstraint("practice_id", "id", name="pk_tokens"),
        sa.ForeignKeyConstraint(
            ("practice_id", "practitioner_id"),
            ["practitioners.practice_id", "practitioners.id"],
            name="fk_tokens_practitioners",
        ),
        sa.ForeignKeyConstraint(
            ("practice_id", "client_id"),
            ["clients.practice_id", "clients.id"],
            name="fk_tokens_clients",
        ),
    )
